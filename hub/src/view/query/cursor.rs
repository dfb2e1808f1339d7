//! A place in a channel's changes, as clients carry it.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;

use crate::view::channel::Generation;

/// A place in a channel's changes. Opaque to clients.
///
/// Its key (offset, at, source) follows from the log alone and is the same on every node. The generation says which
/// state of the registry the client has seen: after a change of rules or grants it is first told what joined and left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    pub(super) generation: Generation,
    pub(super) offset: i64,
    pub(super) at: i64,
    pub(super) source: i64,
    /// In the midst of being told what joined and left: the generation and first offset told last.
    pub(super) moved: Option<(Generation, i64)>,
}

/// Why a cursor is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a cursor of this hub")]
pub struct CursorError(String);

/// The first byte of an encoded cursor: another number, another layout.
const LAYOUT: u8 = 1;

impl Cursor {
    /// Before the first change.
    pub fn start() -> Self {
        Self { offset: i64::MIN, ..Self::default() }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![LAYOUT];
        let mut numbers = vec![self.generation.registry, self.generation.as_of, self.offset, self.at, self.source];
        if let Some((generation, first_offset)) = self.moved {
            numbers.extend([generation.registry, generation.as_of, first_offset]);
        }
        for number in numbers {
            bytes.extend(number.to_be_bytes());
        }
        formatter.write_str(&BASE64URL_NOPAD.encode(&bytes))
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let refuse = || CursorError(text.chars().take(80).collect());
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| refuse())?;
        let Some((&LAYOUT, rest)) = bytes.split_first() else { return Err(refuse()) };
        let (numbers, remainder) = rest.as_chunks::<8>();
        if !remainder.is_empty() {
            return Err(refuse());
        }
        let numbers: Vec<i64> = numbers.iter().map(|chunk| i64::from_be_bytes(*chunk)).collect();
        let (head, moved) = match numbers.as_slice() {
            [head @ .., registry, as_of, first] if head.len() == 5 => {
                (head, Some((Generation { registry: *registry, as_of: *as_of }, *first)))
            }
            head => (head, None),
        };
        let [registry, as_of, offset, at, source] = head else { return Err(refuse()) };
        let generation = Generation { registry: *registry, as_of: *as_of };
        Ok(Self { generation, offset: *offset, at: *at, source: *source, moved })
    }
}
