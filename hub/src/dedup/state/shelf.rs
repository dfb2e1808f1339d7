//! The shelf: what is known of every item in full, out of the way until the item is touched again. In memory, or in a
//! file of this process that is gone when the process is: the log has it all.

use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Where a record lies: 40 bits of offset, 24 bits of length.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place(u64);

const LENGTH_BITS: u32 = 24;
/// Bytes gathered before they are written to the file.
const GATHERED: usize = 1 << 18;

impl Place {
    /// Whether nothing lies there.
    pub(super) fn is_nowhere(self) -> bool {
        self.length() == 0
    }

    fn offset(self) -> u64 {
        self.0 >> LENGTH_BITS
    }

    /// Bytes of the record.
    pub(super) fn length(self) -> u64 {
        self.0 & ((1 << LENGTH_BITS) - 1)
    }
}

/// Records, each found again by its place.
#[derive(Debug, Default)]
pub struct Shelf {
    /// The file and its folder; without one everything stays in `recent`.
    file: Option<(File, PathBuf)>,
    /// Bytes written to the file.
    written: u64,
    /// What came after them.
    recent: Vec<u8>,
    /// What the file failed with first; from then on nothing read from it counts.
    fault: OnceLock<String>,
}

impl Shelf {
    /// A shelf in a file of this folder that nobody else sees and that ends with this process.
    pub fn in_folder(folder: &Path) -> std::io::Result<Self> {
        let path = folder.join(format!("dedup-{}.shelf", uuid::Uuid::now_v7()));
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
        std::fs::remove_file(&path)?;
        Ok(Self { file: Some((file, folder.to_owned())), ..Self::default() })
    }

    /// An empty shelf of the same kind.
    pub(super) fn another(&self) -> Option<Self> {
        let Some((_, folder)) = &self.file else { return Some(Self::default()) };
        Self::in_folder(folder).inspect_err(|error| self.fail(error.to_string())).ok()
    }

    /// Puts a record at the end.
    pub(super) fn put(&mut self, record: &[u8]) -> Place {
        let length = record.len() as u64;
        if length >= 1 << LENGTH_BITS || self.bytes() + length >= 1 << (64 - LENGTH_BITS) {
            self.fail(format!("no room for {length} bytes after {}", self.bytes()));
            return Place::default();
        }
        let place = Place(self.bytes() << LENGTH_BITS | length);
        self.recent.extend_from_slice(record);
        if self.recent.len() >= GATHERED {
            self.write();
        }
        place
    }

    /// The record at a place; empty when the file fails.
    pub(super) fn get(&self, place: Place) -> Cow<'_, [u8]> {
        let length = usize::try_from(place.length()).unwrap_or_default();
        if let Some(from) = place.offset().checked_sub(self.written) {
            let from = usize::try_from(from).unwrap_or(usize::MAX);
            return Cow::Borrowed(self.recent.get(from..from.saturating_add(length)).unwrap_or_default());
        }
        let mut record = vec![0; length];
        let read =
            self.file.as_ref().map(|(file, _)| file).map(|mut file| {
                file.seek(SeekFrom::Start(place.offset())).and_then(|_at| file.read_exact(&mut record))
            });
        match read {
            Some(Ok(())) => Cow::Owned(record),
            Some(Err(error)) => {
                self.fail(error.to_string());
                Cow::default()
            }
            None => Cow::default(),
        }
    }

    fn write(&mut self) {
        let Some(mut file) = self.file.as_ref().map(|(file, _)| file) else { return };
        let done = file.seek(SeekFrom::Start(self.written)).and_then(|_at| file.write_all(&self.recent));
        match done {
            Ok(()) => {
                self.written += self.recent.len() as u64;
                self.recent.clear();
            }
            Err(error) => self.fail(error.to_string()),
        }
    }

    fn fail(&self, cause: String) {
        self.fault.get_or_init(|| cause);
    }

    /// What it failed with, if it did.
    pub(super) fn fault(&self) -> Option<&str> {
        self.fault.get().map(String::as_str)
    }

    /// All it holds, what nobody points at any more too.
    pub(super) fn bytes(&self) -> u64 {
        self.written + self.recent.len() as u64
    }

    /// What of it is in memory.
    pub(super) fn memory(&self) -> usize {
        self.recent.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::{GATHERED, Shelf};

    #[test]
    fn what_was_put_is_got_from_memory_and_from_the_file() {
        let folder = tempfile::tempdir().unwrap();
        for mut shelf in [Shelf::default(), Shelf::in_folder(folder.path()).unwrap()] {
            let first = shelf.put(b"first");
            let large = vec![b'x'; GATHERED];
            let second = shelf.put(&large);
            let third = shelf.put(b"third");
            assert_eq!(*shelf.get(first), *b"first");
            assert_eq!(*shelf.get(second), large);
            assert_eq!(*shelf.get(third), *b"third");
            assert_eq!((shelf.bytes(), shelf.fault()), (GATHERED as u64 + 10, None));
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "no file is left behind");
    }

    #[test]
    fn a_record_too_large_is_a_fault_and_not_a_lie() {
        let mut shelf = Shelf::default();
        assert!(shelf.put(&vec![0; 1 << 24]).is_nowhere());
        assert!(shelf.fault().is_some());
    }
}
