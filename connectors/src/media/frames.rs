//! How many pictures an animation unpacks to. Only the lengths of its blocks are read; what is cut off counts as far as
//! it goes.
//! <https://www.w3.org/Graphics/GIF/spec-gif89a.txt>, <https://developers.google.com/speed/webp/docs/riff_container>

use super::MediaType;

/// Frames of a picture; 1 of what does not move.
pub(super) fn frames(media_type: MediaType, bytes: &[u8]) -> usize {
    let frames = match media_type.extension {
        "gif" => of_gif(bytes),
        "webp" => of_webp(bytes),
        _ => 1,
    };
    frames.max(1)
}

/// Bytes of GIF's header with the screen's size; of an image's descriptor and of an extension's label.
const SCREEN: usize = 13;
const DESCRIPTOR: usize = 10;
const LABEL: usize = 2;

fn of_gif(bytes: &[u8]) -> usize {
    let mut frames = 0;
    let mut at = SCREEN + colours(bytes, SCREEN - 3);
    loop {
        match bytes.get(at) {
            Some(b',') => {
                frames += 1;
                let code_size = 1;
                at = past_blocks(bytes, at + DESCRIPTOR + colours(bytes, at + DESCRIPTOR - 1) + code_size);
            }
            Some(b'!') => at = past_blocks(bytes, at + LABEL),
            Some(_) | None => return frames,
        }
    }
}

/// Bytes of the table of colours that the flags at `at` announce.
fn colours(bytes: &[u8], at: usize) -> usize {
    let flags = bytes.get(at).copied().unwrap_or_default();
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Behind the blocks that begin at `at`, the last of which is empty.
fn past_blocks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(length) = bytes.get(at) {
        at += 1 + usize::from(*length);
        if *length == 0 {
            break;
        }
    }
    at
}

/// Bytes of RIFF's header, and of a chunk's.
const RIFF: usize = 12;
const CHUNK: usize = 8;

fn of_webp(bytes: &[u8]) -> usize {
    let mut frames = 0;
    let mut rest = bytes.get(RIFF..).unwrap_or_default();
    while let Some((head, behind)) = rest.split_at_checked(CHUNK) {
        frames += usize::from(head.starts_with(b"ANMF"));
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        // Chunks of odd length are filled up by a byte.
        rest = behind.get(length.saturating_add(length % 2)..).unwrap_or_default();
    }
    frames
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{MediaType, frames};

    const FRAME: &[u8] = b"\x21\xf9\x04\0\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";

    fn gif(count: usize) -> Vec<u8> {
        let screen = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff".to_vec();
        [screen, b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0".to_vec(), FRAME.repeat(count), b";".to_vec()].concat()
    }

    fn webp(count: usize) -> Vec<u8> {
        let head = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\0\0\0\0\0\0ANIM\x06\0\0\0\0\0\0\0\0\0".to_vec();
        [head, b"ANMF\x03\0\0\0abc\0".repeat(count)].concat()
    }

    fn count(bytes: &[u8]) -> usize {
        frames(MediaType::of(bytes).unwrap(), bytes)
    }

    #[test]
    fn frames_are_counted_by_their_blocks() {
        for number in [1, 2, 300] {
            assert_eq!((count(&gif(number)), count(&webp(number))), (number, number));
        }
        assert_eq!(count(b"\xff\xd8\xff\xe0, , ,"), 1);
    }

    #[test]
    fn what_is_cut_off_counts_as_far_as_it_goes() {
        let (gif, webp) = (gif(5), webp(5));
        assert_eq!(count(&gif[..gif.len() - 1 - FRAME.len()]), 4);
        assert_eq!(count(&webp[..webp.len() - 4]), 5);
        assert_eq!(count(b"GIF89a"), 1);
    }

    proptest! {
        #[test]
        fn no_bytes_stop_it(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
            for head in [b"GIF89a".as_slice(), b"RIFF\0\0\0\0WEBP"] {
                count(&[head, &bytes].concat());
            }
        }
    }
}
