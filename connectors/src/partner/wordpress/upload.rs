//! Uploading a picture: one form with the file and the words about it, so that neither comes without the other.
//! <https://developer.wordpress.org/rest-api/reference/media/>

use bytes::{BufMut, Bytes, BytesMut};
use data_encoding::HEXLOWER;
use md5::{Digest, Md5};
use reqwest::header::HeaderValue;
use serde::Deserialize;

use super::api::Api;
use super::html::escaped;
use super::refusal::ApiError;

/// A picture to upload.
pub(super) struct Picture {
    pub(super) bytes: Bytes,
    pub(super) media_type: MediaType,
    /// Made of its content: its slug there, and its file's name.
    pub(super) name: String,
    pub(super) alt: String,
    pub(super) caption: String,
}

/// What WordPress takes, by what the bytes are and not by what their server calls them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MediaType {
    essence: &'static str,
    extension: &'static str,
}

/// The type of a picture, by its first bytes.
pub(super) fn media_type(bytes: &[u8]) -> Option<MediaType> {
    let known = |essence, extension| Some(MediaType { essence, extension });
    match bytes {
        [0xff, 0xd8, 0xff, ..] => known("image/jpeg", "jpg"),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => known("image/png", "png"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => known("image/gif", "gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => known("image/webp", "webp"),
        _ => None,
    }
}

#[derive(Deserialize)]
struct Media {
    id: u64,
    #[serde(default)]
    slug: String,
    #[serde(default)]
    media_type: String,
    #[serde(default)]
    source_url: String,
}

/// The picture of this name, if the site has it.
pub(super) async fn find(api: &Api, name: &str) -> Result<Option<u64>, ApiError> {
    let route = format!("/wp/v2/media?slug={name}&_fields=id,slug,media_type,source_url");
    let media: Vec<Media> = api.get(&route).await?;
    let whole = |media: &Media| media.slug == name && media.media_type == "image" && !media.source_url.is_empty();
    Ok(media.into_iter().find(whole).map(|media| media.id))
}

/// Uploads it; gives its id.
pub(super) async fn send(api: &Api, picture: &Picture) -> Result<u64, ApiError> {
    let boundary = format!("lianbo-{}", uuid::Uuid::new_v4().simple());
    let media_type = HeaderValue::from_str(&format!("multipart/form-data; boundary={boundary}"))
        .expect("a boundary of letters and digits is a header value");
    let digest = HeaderValue::from_str(&HEXLOWER.encode(&Md5::digest(&picture.bytes)))
        .expect("hexadecimal digits are a header value");
    let media: Media = api.upload(media_type, form(picture, &boundary), digest).await?;
    Ok(media.id)
}

fn form(picture: &Picture, boundary: &str) -> Bytes {
    let mut form = BytesMut::with_capacity(picture.bytes.len() + 2_000);
    let fields = [
        ("slug", picture.name.clone()),
        ("title", escaped(&picture.alt)),
        ("alt_text", picture.alt.clone()),
        ("caption", escaped(&picture.caption)),
    ];
    for (name, value) in fields {
        let part = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        form.put(part.as_bytes());
    }
    let MediaType { essence, extension } = picture.media_type;
    let file = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}.{extension}\"\r\n\
         Content-Type: {essence}\r\n\r\n",
        picture.name
    );
    form.put(file.as_bytes());
    form.put(picture.bytes.clone());
    form.put(format!("\r\n--{boundary}--\r\n").as_bytes());
    form.freeze()
}

#[cfg(test)]
mod tests {
    use super::media_type;

    #[test]
    fn a_picture_is_known_by_its_bytes() {
        let extension = |bytes: &[u8]| media_type(bytes).map(|known| known.extension);
        assert_eq!(extension(b"\xff\xd8\xff\xe0..."), Some("jpg"));
        assert_eq!(extension(b"\x89PNG\r\n\x1a\n..."), Some("png"));
        assert_eq!(extension(b"GIF89a..."), Some("gif"));
        assert_eq!(extension(b"RIFF\x01\x02\x03\x04WEBPVP8 "), Some("webp"));
        for other in [b"<svg xmlns=".as_slice(), b"<!doctype html>", b"", b"RIFF\x01\x02\x03\x04WAVE", b"%PDF-1.7"] {
            assert_eq!(extension(other), None, "{other:?}");
        }
    }
}
