//! The account's access token, the stable kind: fetched once for all calls that wait for it, renewed before it ends.
//! <https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken>

use std::time::{Duration, Instant};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::partner::refusal::ApiError;

/// The token at hand. Who finds none fetches one, and the others wait for it.
#[derive(Default)]
pub(super) struct Token {
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    /// As it stands in an address.
    value: String,
    until: Instant,
}

#[derive(Deserialize)]
struct Fetched {
    access_token: String,
    /// In seconds; 7,200 for a new one, the rest of it for one that is in use.
    expires_in: u64,
}

impl Token {
    /// What is asked for. Without force: all programs of the account that ask so are given the same token.
    pub(super) fn question(app: &str, secret: &str) -> Value {
        json!({"grant_type": "client_credential", "appid": app, "secret": secret, "force_refresh": false})
    }

    /// A token that is good, fetched by `fetch` if there is none but `stale`, which WeChat has just refused.
    pub(super) async fn get(
        &self,
        stale: Option<&str>,
        fetch: impl Future<Output = Result<Value, ApiError>>,
    ) -> Result<String, ApiError> {
        let mut kept = self.kept.lock().await;
        let good = kept.as_ref().filter(|kept| Instant::now() < kept.until && Some(kept.value.as_str()) != stale);
        if let Some(good) = good {
            return Ok(good.value.clone());
        }
        let fetched: Fetched = super::api::part(fetch.await?)?;
        let value = utf8_percent_encode(&fetched.access_token, NON_ALPHANUMERIC).to_string();
        // Renewed when a tenth of its life is left: a call that waits in a queue still finds it good.
        let until = Instant::now() + Duration::from_secs(fetched.expires_in.min(86_400)) * 9 / 10;
        *kept = Some(Kept { value: value.clone(), until });
        Ok(value)
    }
}
