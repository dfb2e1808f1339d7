//! Somebody who acts between two requests of the hub: a server in front of the real one that passes everything on, and
//! does one thing before the first request that changes something.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{HeaderName, Method};
use axum::response::{IntoResponse, Response};
use lianbo_connectors::http::Request as Call;

use crate::bench::client;
use crate::server::serve;

/// The address of a server before `real`. `act` is done once, before the first request with `method`.
pub(crate) async fn meddling<Act, Done>(real: String, method: Method, act: Act) -> String
where
    Act: Fn() -> Done + Clone + Send + Sync + 'static,
    Done: Future<Output = ()> + Send + 'static,
{
    let done = Arc::new(AtomicBool::new(false));
    let pass = move |request: Request| {
        let (real, method, act, done) = (real.clone(), method.clone(), act.clone(), Arc::clone(&done));
        async move {
            if request.method() == method && !done.swap(true, Ordering::SeqCst) {
                act().await;
            }
            pass_on(&real, request).await
        }
    };
    serve(Router::new().fallback(pass)).await
}

async fn pass_on(real: &str, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut call = Call::new(parts.method, format!("{real}{}", parts.uri));
    for name in ["authorization", "content-type", "accept-version"] {
        if let Some(value) = parts.headers.get(name) {
            call = call.header(HeaderName::from_static(name), value.clone());
        }
    }
    call.body = vec![to_bytes(body, 10_000_000).await.unwrap()];
    let answer = client().send(call).await.unwrap();
    (answer.status, answer.body).into_response()
}
