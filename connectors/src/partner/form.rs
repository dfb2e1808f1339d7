//! A form with a file in it, as browsers send it (RFC 7578).

use bytes::Bytes;
use reqwest::header::HeaderValue;

use super::picture::Upload;
use crate::http::Request;

/// `request` with a form of `fields` and the picture as `part`, which comes last: some systems read no further.
pub(super) fn with_form(request: Request, fields: &[(&str, &str)], part: &str, upload: &Upload<'_>) -> Request {
    let boundary = format!("lianbo-{}", uuid::Uuid::new_v4().simple());
    let media_type = HeaderValue::from_str(&format!("multipart/form-data; boundary={boundary}"))
        .expect("a boundary of letters and digits is a header value");
    request.pieces(media_type, form(&boundary, fields, part, upload))
}

fn form(boundary: &str, fields: &[(&str, &str)], part: &str, upload: &Upload<'_>) -> Vec<Bytes> {
    let field = |(name, value): &(&str, &str)| {
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let before: String = fields.iter().map(field).collect();
    let file = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
        upload.picture.file_name(),
        upload.picture.media_type.essence
    );
    vec![(before + &file).into(), upload.bytes.clone(), format!("\r\n--{boundary}--\r\n").into()]
}
