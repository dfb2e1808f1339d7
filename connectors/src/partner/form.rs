//! A form with a file in it, as browsers send it (RFC 7578).

use bytes::{BufMut, Bytes, BytesMut};
use reqwest::header::HeaderValue;

use super::picture::Upload;
use crate::http::Request;

/// `request` with a form of `fields` and the picture as `part`, which comes last: some systems read no further.
pub(super) fn with_form(request: Request, fields: &[(&str, &str)], part: &str, upload: &Upload<'_>) -> Request {
    let boundary = format!("lianbo-{}", uuid::Uuid::new_v4().simple());
    let media_type = HeaderValue::from_str(&format!("multipart/form-data; boundary={boundary}"))
        .expect("a boundary of letters and digits is a header value");
    request.body(media_type, form(&boundary, fields, part, upload))
}

fn form(boundary: &str, fields: &[(&str, &str)], part: &str, upload: &Upload<'_>) -> Bytes {
    let mut form = BytesMut::with_capacity(upload.bytes.len() + 2_000);
    for (name, value) in fields {
        let field = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        form.put(field.as_bytes());
    }
    let file = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
        upload.picture.file_name(),
        upload.picture.media_type.essence
    );
    form.put(file.as_bytes());
    form.put(upload.bytes.clone());
    form.put(format!("\r\n--{boundary}--\r\n").as_bytes());
    form.freeze()
}
