//! The client.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, COOKIE, HeaderMap, LOCATION};
use reqwest::{Body, Method, Response, StatusCode, Url};
use tokio::time::timeout;
use url::Host;

use super::address::may_be_called;
use super::error::chain;
use super::patience::{Patience, Pools};
use super::permit::is_permitted;
use super::{Answer, Excess, HttpError, Network, Phase, Request, Settings};

/// The client; clones share its connections.
#[derive(Clone)]
pub struct HttpClient {
    inner: reqwest::Client,
    pools: Arc<Pools>,
    allow: Arc<[Network]>,
    patience: Patience,
    redirects: u8,
}

impl HttpClient {
    /// A client held to `settings`. It fails only when this machine has no usable certificate store.
    pub fn new(settings: &Settings) -> Result<Self, HttpError> {
        let allow: Arc<[Network]> = settings.allow.as_slice().into();
        let pools = Arc::new(Pools::new(Arc::clone(&allow), settings.idle_per_host));
        let patience = settings.patience();
        let inner = pools.connecting_within(patience.connect)?;
        Ok(Self { inner, pools, allow, patience, redirects: settings.redirects })
    }

    /// The same client for a server that is waited for otherwise. Connections are shared with all that wait as long for
    /// one.
    pub fn waiting(&self, patience: Patience) -> Result<Self, HttpError> {
        Ok(Self { inner: self.pools.connecting_within(patience.connect)?, patience, ..self.clone() })
    }

    /// How long it waits.
    pub fn patience(&self) -> Patience {
        self.patience
    }

    /// GET with at most `bound` bytes of body, following the permitted redirects. `headers` may hold conditions
    /// (`If-None-Match`, `If-Modified-Since`); credentials are dropped when a redirect leaves the origin.
    pub async fn get(&self, url: &str, headers: HeaderMap, bound: usize) -> Result<Answer, HttpError> {
        let request = Request { headers, ..Request::new(Method::GET, url).bound(bound) };
        self.within_total(url, self.follow(request)).await
    }

    /// Sends `request` once and follows no redirect: a 3xx is given to the caller as it came.
    pub async fn send(&self, request: Request) -> Result<Answer, HttpError> {
        let url = request.url.clone();
        self.within_total(&url, self.once(&request)).await
    }

    async fn within_total<F>(&self, url: &str, answer: F) -> Result<Answer, HttpError>
    where
        F: Future<Output = Result<Answer, HttpError>>,
    {
        let after = self.patience.total;
        let late = || HttpError::TimedOut { host: host_of(url), phase: Phase::Total, after };
        timeout(after, answer).await.unwrap_or_else(|_| Err(late()))
    }

    async fn follow(&self, mut request: Request) -> Result<Answer, HttpError> {
        for _ in 0..=self.redirects {
            let answer = self.once(&request).await?;
            let Some(next) = redirect_of(&answer) else { return Ok(answer) };
            if next.origin() != answer.url.origin() {
                request.headers.remove(AUTHORIZATION);
                request.headers.remove(COOKIE);
            }
            request.url = next.into();
        }
        Err(HttpError::Redirects { host: host_of(&request.url), bound: self.redirects })
    }

    async fn once(&self, request: &Request) -> Result<Answer, HttpError> {
        let url = self.permitted(&request.url)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let sent = self.inner.request(request.method.clone(), url).headers(request.headers.clone());
        let sent = match request.body.as_slice() {
            [] if request.method == Method::GET => sent,
            [] => sent.body(Bytes::new()),
            [whole] => sent.body(whole.clone()),
            pieces => sent.header(CONTENT_LENGTH, length(pieces)).body(in_pieces(pieces.to_vec())),
        };
        if !is_permitted() {
            return Err(HttpError::HeldBack { host });
        }
        let after = self.patience.first_byte;
        let response = timeout(after, sent.send())
            .await
            .map_err(|_| HttpError::TimedOut { host: host.clone(), phase: Phase::FirstByte, after })?
            .map_err(|error| HttpError::of(&host, error, self.patience.connect))?;
        read(response, host, request).await
    }

    /// Parses the address; one that is itself a number is checked here, as no name is resolved for it.
    fn permitted(&self, text: &str) -> Result<Url, HttpError> {
        let wrong = |cause: &str| HttpError::Address { address: shortened(text), cause: cause.to_owned() };
        let url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("only http and https are called"));
        }
        let address = match url.host() {
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
            Some(Host::Domain(_)) => return Ok(url),
            None => return Err(wrong("it names no host")),
        };
        if may_be_called(address, &self.allow) {
            Ok(url)
        } else {
            Err(HttpError::Refused { host: host_of(text), address })
        }
    }
}

impl std::fmt::Debug for HttpClient {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("HttpClient").field("patience", &self.patience).finish_non_exhaustive()
    }
}

async fn read(mut response: Response, host: String, request: &Request) -> Result<Answer, HttpError> {
    let (status, url) = (response.status(), response.url().clone());
    let headers = std::mem::take(response.headers_mut());
    let excess = if status.is_success() { request.excess } else { Excess::IsCut };
    let body = body_of(&mut response, host, request.bound, excess).await?;
    Ok(Answer { status, headers, body, url })
}

fn length(pieces: &[Bytes]) -> usize {
    pieces.iter().map(Bytes::len).sum()
}

fn in_pieces(pieces: Vec<Bytes>) -> Body {
    Body::wrap_stream(stream::iter(pieces.into_iter().map(Ok::<_, Infallible>)))
}

async fn body_of(response: &mut Response, host: String, bound: usize, excess: Excess) -> Result<Bytes, HttpError> {
    let mut body = BytesMut::new();
    loop {
        let chunk = match response.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => return Ok(body.freeze()),
            Err(error) => return Err(HttpError::Broken { host, cause: chain(&error.without_url()) }),
        };
        let left = bound - body.len();
        if chunk.len() <= left {
            body.extend_from_slice(&chunk);
            continue;
        }
        return match excess {
            Excess::Fails => Err(HttpError::TooLarge { host, bound }),
            Excess::IsCut => {
                body.extend_from_slice(&chunk[..left]);
                Ok(body.freeze())
            }
        };
    }
}

fn redirect_of(answer: &Answer) -> Option<Url> {
    let redirects = [
        StatusCode::MOVED_PERMANENTLY,
        StatusCode::FOUND,
        StatusCode::SEE_OTHER,
        StatusCode::TEMPORARY_REDIRECT,
        StatusCode::PERMANENT_REDIRECT,
    ];
    let location = redirects.contains(&answer.status).then(|| answer.headers.get(LOCATION)).flatten()?;
    answer.url.join(std::str::from_utf8(location.as_bytes()).ok()?).ok()
}

fn host_of(url: &str) -> String {
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_else(|| shortened(url))
}

/// What may be shown of an address that cannot be read: no query and no credentials.
fn shortened(address: &str) -> String {
    let public = address.split(['?', '#']).next().unwrap_or_default();
    let public = public.rsplit_once('@').map_or(public, |(_, host)| host);
    public.chars().take(80).collect()
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
