//! Pictures on an outlet's server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use data_encoding::HEXLOWER;
use rand::RngExt;

use crate::server::serve;

/// An outlet's server with one picture that no other test has.
pub(crate) struct Gallery {
    url: String,
    picture: Vec<u8>,
    /// How often the whole picture was sent.
    pub(crate) sent: Arc<AtomicUsize>,
}

impl Gallery {
    pub(crate) async fn open() -> Self {
        let picture = png();
        let sent = Arc::new(AtomicUsize::new(0));
        let (bytes, counter) = (picture.clone(), Arc::clone(&sent));
        let router = Router::new()
            .route("/picture.png", get(move |headers: HeaderMap| async move { show(&headers, &bytes, &counter) }))
            .route("/drawing.png", get(|| async { ([(CONTENT_TYPE, "image/png")], "<svg xmlns='x'/>") }))
            .route("/gone.png", get(|| async { StatusCode::GONE }));
        Self { url: serve(router).await, picture, sent }
    }

    pub(crate) fn picture(&self) -> String {
        format!("{}/picture.png", self.url)
    }

    /// An SVG that calls itself a PNG.
    pub(crate) fn drawing(&self) -> String {
        format!("{}/drawing.png", self.url)
    }

    pub(crate) fn gone(&self) -> String {
        format!("{}/gone.png", self.url)
    }

    /// The name a connector gives the picture, of its SHA-256.
    pub(crate) fn name(&self) -> String {
        let digest = sha256(&self.picture);
        format!("lianbo-{}", &digest[..16])
    }
}

fn show(headers: &HeaderMap, bytes: &[u8], sent: &AtomicUsize) -> Response {
    if headers.get(IF_NONE_MATCH).is_some_and(|tag| tag == "\"one\"") {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    sent.fetch_add(1, Ordering::Relaxed);
    ([(CONTENT_TYPE, "application/octet-stream"), (ETAG, "\"one\"")], bytes.to_vec()).into_response()
}

/// SHA-256 in hexadecimal, by the system's own program: the test does not take the connector's word for it.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    use std::io::Write;
    use std::process::{Command, Stdio};

    let mut program =
        Command::new("sha256sum").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("coreutils are there");
    program.stdin.take().unwrap().write_all(bytes).unwrap();
    let output = program.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// A PNG of one pixel, made different from every other by a comment.
pub(crate) fn png() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut bytes, b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
    let comment = HEXLOWER.encode(&rand::rng().random::<[u8; 16]>());
    chunk(&mut bytes, b"tEXt", format!("Comment\0{comment}").as_bytes());
    // zlib: one stored block with the filter byte and one grey pixel, and its Adler-32.
    chunk(&mut bytes, b"IDAT", &[0x78, 0x01, 0x01, 0x02, 0x00, 0xfd, 0xff, 0x00, 0x80, 0x00, 0x82, 0x00, 0x81]);
    chunk(&mut bytes, b"IEND", &[]);
    bytes
}

fn chunk(png: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    let body = [name.as_slice(), data].concat();
    png.extend((data.len() as u32).to_be_bytes());
    png.extend(&body);
    png.extend(crc(&body).to_be_bytes());
}

/// CRC-32 of PNG (ISO 3309).
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
    let byte = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc));
    !bytes.iter().fold(!0, byte)
}
