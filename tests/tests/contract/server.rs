//! A server of the test's own, on a port of its own.

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use tokio::net::TcpListener;

/// Serves `router` until the test ends and gives its address.
pub(crate) async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}")
}

/// A server that answers everything alike.
pub(crate) async fn answering(status: u16, headers: &[(&'static str, &'static str)], body: &'static str) -> String {
    let status = StatusCode::from_u16(status).unwrap();
    let headers: HeaderMap =
        headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    serve(Router::new().fallback(move || async move { (status, headers.clone(), body) })).await
}

/// An address where nobody listens.
pub(crate) async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
