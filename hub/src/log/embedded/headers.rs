//! Headers as bytes: each name and value with its length before it, little-endian.

use bytes::Bytes;
use lianbo_schemas::event::Headers;

/// Packs headers; nothing for none.
pub(super) fn pack(headers: &Headers) -> Option<Vec<u8>> {
    if headers.is_empty() {
        return None;
    }
    let mut packed = Vec::new();
    for (name, value) in headers {
        put(&mut packed, name.as_bytes());
        put(&mut packed, value);
    }
    Some(packed)
}

/// The bytes that packing adds to names and values.
pub(super) fn frame(headers: &Headers) -> usize {
    headers.len() * 8
}

/// Reads them back; `None` when these bytes are not packed headers.
pub(super) fn unpack(packed: &[u8]) -> Option<Headers> {
    let whole = Bytes::copy_from_slice(packed);
    let mut headers = Headers::new();
    let mut at = 0;
    while at < whole.len() {
        let name = take(&whole, &mut at)?;
        let value = take(&whole, &mut at)?;
        headers.push((std::str::from_utf8(&name).ok()?.to_owned(), value));
    }
    Some(headers)
}

fn put(packed: &mut Vec<u8>, bytes: &[u8]) {
    // A record is far smaller than 4 GiB, so its parts are too.
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    packed.extend_from_slice(&length.to_le_bytes());
    packed.extend_from_slice(bytes);
}

fn take(whole: &Bytes, at: &mut usize) -> Option<Bytes> {
    let length = u32::from_le_bytes(whole.get(*at..*at + 4)?.try_into().ok()?);
    let (start, end) = (*at + 4, *at + 4 + usize::try_from(length).ok()?);
    *at = end;
    (end <= whole.len()).then(|| whole.slice(start..end))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::{any, proptest};

    use super::{pack, unpack};

    proptest! {
        #[test]
        fn headers_come_back_byte_for_byte(headers: Vec<(String, Vec<u8>)>) {
            let headers: Vec<_> = headers.into_iter().map(|(name, value)| (name, Bytes::from(value))).collect();
            let packed = pack(&headers).unwrap_or_default();
            assert_eq!(unpack(&packed), Some(headers));
        }

        #[test]
        fn any_bytes_are_read_or_refused_without_panic(bytes in any::<Vec<u8>>()) {
            let _read_or_refused = unpack(&bytes);
        }
    }
}
