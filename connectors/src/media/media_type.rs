//! What a picture is, by what its bytes are and not by what its server calls them.

use serde::de::{Deserialize, Deserializer, Error};
use serde::{Serialize, Serializer};

/// A type of picture that every partner takes; written down as its extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaType {
    /// `image/png`.
    pub essence: &'static str,
    /// `png`.
    pub extension: &'static str,
}

const JPEG: MediaType = MediaType { essence: "image/jpeg", extension: "jpg" };
const PNG: MediaType = MediaType { essence: "image/png", extension: "png" };
const GIF: MediaType = MediaType { essence: "image/gif", extension: "gif" };
const WEBP: MediaType = MediaType { essence: "image/webp", extension: "webp" };

impl MediaType {
    /// The type of a picture, by its first bytes.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(JPEG),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(PNG),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(GIF),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(WEBP),
            _ => None,
        }
    }
}

impl Serialize for MediaType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.extension)
    }
}

impl<'de> Deserialize<'de> for MediaType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let extension = String::deserialize(deserializer)?;
        let known = [JPEG, PNG, GIF, WEBP].into_iter().find(|known| known.extension == extension);
        known.ok_or_else(|| D::Error::custom(format!("`{extension}` is no type of picture")))
    }
}

#[cfg(test)]
mod tests {
    use super::MediaType;

    #[test]
    fn a_picture_is_known_by_its_bytes() {
        let extension = |bytes: &[u8]| MediaType::of(bytes).map(|known| known.extension);
        assert_eq!(extension(b"\xff\xd8\xff\xe0..."), Some("jpg"));
        assert_eq!(extension(b"\x89PNG\r\n\x1a\n..."), Some("png"));
        assert_eq!(extension(b"GIF89a..."), Some("gif"));
        assert_eq!(extension(b"RIFF\x01\x02\x03\x04WEBPVP8 "), Some("webp"));
        for other in [b"<svg xmlns=".as_slice(), b"<!doctype html>", b"", b"RIFF\x01\x02\x03\x04WAVE", b"%PDF-1.7"] {
            assert_eq!(extension(other), None, "{other:?}");
        }
    }
}
