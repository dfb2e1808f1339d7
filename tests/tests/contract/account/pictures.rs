//! The account's pictures.

use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::tokens::url_value;
use super::{Kept, Refused, bounds};

impl Kept {
    /// JPEG or PNG below 1 MB; it takes no place in the library.
    pub(super) fn text_picture(&mut self, headers: &HeaderMap, body: &[u8]) -> Result<Value, Refused> {
        let (_, bytes) = file(headers, body)?;
        if !matches!(kind(bytes), Some("jpg" | "png")) {
            return Err((40005, "invalid file type"));
        }
        if bytes.len() >= 1_000_000 {
            return Err((40009, "invalid image size"));
        }
        let url = format!("http://mmbiz.qpic.cn/{}/0", self.id("text"));
        self.text_pictures.push(url.clone());
        Ok(json!({"url": url, "errcode": 0, "errmsg": "ok"}))
    }

    /// BMP, PNG, JPEG or GIF up to 10 MB.
    pub(super) fn add_material(&mut self, query: &str, headers: &HeaderMap, body: &[u8]) -> Result<Value, Refused> {
        if url_value(query, "type").as_deref() != Some("image") {
            return Err((40004, "invalid media type"));
        }
        let (name, bytes) = file(headers, body)?;
        if kind(bytes).is_none() {
            return Err((40005, "invalid file type"));
        }
        if bytes.len() > 10_000_000 {
            return Err((40009, "invalid image size"));
        }
        let id = self.id("material");
        let url = format!("http://mmbiz.qpic.cn/{id}/0?wx_fmt=png");
        self.materials.push(json!({"media_id": id, "name": name, "url": url, "update_time": self.next}));
        Ok(json!({"media_id": id, "url": url, "item": []}))
    }

    pub(super) fn materials(&self, asked: &Value) -> Result<Value, Refused> {
        if asked["type"] != "image" {
            return Err((40004, "invalid media type"));
        }
        let (offset, count) = bounds(asked)?;
        let items: Vec<&Value> = self.materials.iter().rev().skip(offset).take(count).collect();
        Ok(json!({"total_count": self.materials.len(), "item_count": items.len(), "item": items}))
    }
}

/// The file of a form, which must be in the part `media` and have a name.
fn file<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<(String, &'a [u8]), Refused> {
    let missing = (41005, "media data missing");
    let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").ok_or(missing)?;
    let start = find(body, b"name=\"media\"; filename=\"").ok_or(missing)?;
    let rest = &body[start + b"name=\"media\"; filename=\"".len()..];
    let name = String::from_utf8_lossy(&rest[..find(rest, b"\"").ok_or(missing)?]).into_owned();
    let begin = find(rest, b"\r\n\r\n").ok_or(missing)? + 4;
    let end = find(rest, format!("\r\n--{boundary}--").as_bytes()).ok_or(missing)?;
    Ok((name, &rest[begin..end]))
}

fn find(bytes: &[u8], sought: &[u8]) -> Option<usize> {
    bytes.windows(sought.len()).position(|window| window == sought)
}

fn kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("jpg"),
        [0x89, b'P', b'N', b'G', ..] => Some("png"),
        [b'G', b'I', b'F', b'8', ..] => Some("gif"),
        [b'B', b'M', ..] => Some("bmp"),
        _ => None,
    }
}
