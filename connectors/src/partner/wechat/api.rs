//! Calls: JSON by POST with the access token in the address. Success is told by `errcode`, not by the status.
//! <https://developers.weixin.qq.com/doc/service/api/>

use lianbo_schemas::registry::Connector;
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::KIND;
use super::refusal::{error, is_token, refusal};
use super::token::Token;
use crate::http::{HttpClient, Request};
use crate::partner::form::with_form;
use crate::partner::options::{address, secret};
use crate::partner::picture::Upload;
use crate::partner::refusal::ApiError;
use crate::partner::rest::Rest;
use crate::partner::{Failure, SettingsError};

/// The API, as one account.
pub(super) struct Api {
    /// Without a slash at the end.
    base: String,
    app: String,
    secret: String,
    token: Token,
    rest: Rest,
}

impl Api {
    /// Reads `url`, the AppID as `user` and the AppSecret.
    pub(super) fn open(
        connector: &Connector,
        app_secret: Option<String>,
        http: HttpClient,
    ) -> Result<Self, SettingsError> {
        let base = address(KIND, connector)?.as_str().trim_end_matches('/').to_owned();
        let secret = secret(KIND, app_secret, "the account's AppSecret")?.trim().to_owned();
        let rest = Rest::new("WeChat", http, refusal);
        Ok(Self { base, app: app(connector)?.to_owned(), secret, token: Token::default(), rest })
    }

    /// The AppID.
    pub(super) fn app(&self) -> &str {
        &self.app
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, route: &str) -> Result<T, ApiError> {
        self.call(|address| Request::new(Method::GET, address), route).await
    }

    pub(super) async fn post<T: DeserializeOwned>(&self, route: &str, body: &Value) -> Result<T, ApiError> {
        self.call(|address| Request::new(Method::POST, address).json(body), route).await
    }

    pub(super) async fn upload<T: DeserializeOwned>(&self, route: &str, upload: &Upload<'_>) -> Result<T, ApiError> {
        self.call(|address| with_form(Request::new(Method::POST, address), &[], "media", upload), route).await
    }

    /// Calls `route`; once more with a new token if WeChat does not take the one at hand.
    async fn call<T: DeserializeOwned>(&self, make: impl Fn(String) -> Request, route: &str) -> Result<T, ApiError> {
        let first = self.token.get(None, self.new_token()).await?;
        let told = self.rest.read(make(self.address(route, &first))).await?;
        if !code_of(&told).is_some_and(is_token) {
            return part(checked(told)?);
        }
        let second = self.token.get(Some(&first), self.new_token()).await?;
        let told = self.rest.read(make(self.address(route, &second))).await?;
        part(checked(told)?)
    }

    async fn new_token(&self) -> Result<Value, ApiError> {
        let request = Request::new(Method::POST, format!("{}/cgi-bin/stable_token", self.base));
        checked(self.rest.read(request.json(&Token::question(&self.app, &self.secret))).await?)
    }

    fn address(&self, route: &str, token: &str) -> String {
        let mark = if route.contains('?') { '&' } else { '?' };
        format!("{}/cgi-bin/{route}{mark}access_token={token}", self.base)
    }
}

impl std::fmt::Debug for Api {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Api").field("base", &self.base).field("app", &self.app).finish_non_exhaustive()
    }
}

/// The account's AppID.
pub(super) fn app(connector: &Connector) -> Result<&str, SettingsError> {
    let app = connector.user.as_deref().map(str::trim).filter(|app| !app.is_empty());
    app.ok_or_else(|| SettingsError::of(KIND, "user", "is missing: the account's AppID"))
}

fn code_of(told: &Value) -> Option<i64> {
    told.get("errcode")?.as_i64().filter(|code| *code != 0)
}

fn checked(told: Value) -> Result<Value, ApiError> {
    match code_of(&told) {
        None => Ok(told),
        Some(code) => Err(error(code, told["errmsg"].as_str().unwrap_or_default())),
    }
}

/// What was asked for, out of an answer without an error.
pub(super) fn part<T: DeserializeOwned>(told: Value) -> Result<T, ApiError> {
    serde_json::from_value(told).map_err(|error| {
        ApiError::Failed(Failure::transient(format!("WeChat's answer is not as its reference says: {error}")))
    })
}
