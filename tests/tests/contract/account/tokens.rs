//! The account's access tokens.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Refused;

/// The account's AppID.
pub(crate) const APP: &str = "wx0123456789abcdef";

/// The account's AppSecret.
pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Tokens given out.
pub(crate) struct Tokens {
    current: Option<(String, Instant)>,
    /// How long a new one lives.
    pub(crate) life: Duration,
    /// How often one was asked for.
    pub(crate) asked: usize,
    made: u64,
}

impl Default for Tokens {
    fn default() -> Self {
        Self { current: None, life: Duration::from_secs(7_200), asked: 0, made: 0 }
    }
}

impl Tokens {
    /// The one token there is, for all who ask, until it ends.
    pub(super) fn give(&mut self, method: &str, body: &[u8]) -> Result<Value, Refused> {
        self.asked += 1;
        if method != "POST" {
            return Err((43002, "require POST method"));
        }
        let asked: Value = serde_json::from_slice(body).map_err(|_| (47001, "data format error"))?;
        if asked["grant_type"] != "client_credential" {
            return Err((40002, "invalid grant_type"));
        }
        if asked["appid"] != APP {
            return Err((40013, "invalid appid"));
        }
        if asked["secret"] != SECRET {
            return Err((40125, "invalid appsecret"));
        }
        let now = Instant::now();
        if self.current.as_ref().is_none_or(|(_, until)| *until <= now) || asked["force_refresh"] == true {
            self.made += 1;
            // Real ones hold signs that mean something in an address.
            self.current = Some((format!("75_a+b/{}=", self.made), now + self.life));
        }
        let (token, until) = self.current.as_ref().unwrap();
        Ok(json!({"access_token": token, "expires_in": until.duration_since(now).as_secs()}))
    }

    /// Whether a call carries the token.
    pub(super) fn check(&self, query: &str) -> Result<(), Refused> {
        let sent = url_value(query, "access_token").ok_or((41001, "access_token missing"))?;
        match &self.current {
            Some((token, until)) if sent == *token && Instant::now() < *until => Ok(()),
            Some((token, _)) if sent == *token => Err((42001, "access_token expired")),
            Some(_) | None => Err((40001, "invalid credential, access_token is invalid or not latest")),
        }
    }

    /// The token is no longer good, as when another program asks for a new one by force.
    pub(crate) fn void(&mut self) {
        self.current = None;
    }
}

/// A parameter of an address.
pub(super) fn url_value(query: &str, name: &str) -> Option<String> {
    let url = reqwest::Url::parse(&format!("http://x/?{query}")).unwrap();
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
