//! Reads a request's body within bounds of size and time.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;

use crate::problem::Problem;

/// The whole body, if it has at most `most` bytes and is here within `patience`.
pub async fn read_body(headers: &HeaderMap, body: Body, most: usize, patience: Duration) -> Result<Bytes, Problem> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > most as u64) {
        return Err(too_large(most));
    }
    let read = tokio::time::timeout(patience, collect(body, most)).await;
    read.unwrap_or_else(|_elapsed| Err(too_slow(patience)))
}

async fn collect(body: Body, most: usize) -> Result<Bytes, Problem> {
    let mut stream = body.into_data_stream();
    let mut whole = BytesMut::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| {
            Problem::bad_request(format!("the body broke off: {error}")).with("detail_zh", "正文传输中断，请重新发送")
        })?;
        if whole.len() + chunk.len() > most {
            return Err(too_large(most));
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}

fn too_large(most: usize) -> Problem {
    let detail =
        format!("the body may have {most} bytes at most; send pictures by their addresses, not inside the text");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is larger than the hub takes", detail)
        .with("max_bytes", most)
        .with("detail_zh", format!("正文最多 {most} 字节；图片请给出地址，不要内嵌"))
}

fn too_slow(patience: Duration) -> Problem {
    let detail = format!("the body was not complete after {} s; send it again", patience.as_secs());
    Problem::new(StatusCode::REQUEST_TIMEOUT, "too-slow", "The body did not arrive in time", detail)
        .with("detail_zh", format!("{} 秒内未收完正文，请重新发送", patience.as_secs()))
}
