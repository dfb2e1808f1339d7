//! Pictures that are in memory now: whoever brings one to a partner shares it with all who do so at the same time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;

/// Entries at which those that nobody holds any more are dropped.
const SWEPT_AT: usize = 256;

/// By the SHA-256 of their bytes.
#[derive(Debug, Default)]
pub(super) struct InHand(Mutex<HashMap<String, Weak<Bytes>>>);

/// A share of one.
struct Share(Arc<Bytes>);

impl AsRef<[u8]> for Share {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl InHand {
    /// The picture, if somebody holds it.
    pub(super) fn get(&self, sha256: &str) -> Option<Bytes> {
        self.held().get(sha256)?.upgrade().map(share)
    }

    /// The same bytes, to be shared as long as anybody holds them; those that somebody has of them already, if so.
    pub(super) fn put(&self, sha256: &str, bytes: Bytes) -> Bytes {
        let mut held = self.held();
        if let Some(there) = held.get(sha256).and_then(Weak::upgrade) {
            return share(there);
        }
        if held.len() >= SWEPT_AT {
            held.retain(|_, picture| picture.strong_count() > 0);
        }
        let picture = Arc::new(bytes);
        held.insert(sha256.to_owned(), Arc::downgrade(&picture));
        share(picture)
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<String, Weak<Bytes>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn share(picture: Arc<Bytes>) -> Bytes {
    Bytes::from_owner(Share(picture))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{InHand, SWEPT_AT};

    #[test]
    fn a_picture_is_shared_as_long_as_somebody_holds_it() {
        let in_hand = InHand::default();
        let first = in_hand.put("a", Bytes::from(vec![1, 2, 3]));
        let second = in_hand.get("a").unwrap();
        assert_eq!((first.as_ptr(), second.len()), (second.as_ptr(), 3));
        drop(first);
        assert_eq!(in_hand.get("a").unwrap().as_ptr(), second.as_ptr());
        assert_eq!(in_hand.put("a", Bytes::from(vec![1, 2, 3])).as_ptr(), second.as_ptr());
        drop(second);
        assert_eq!(in_hand.get("a"), None);
    }

    #[test]
    fn what_nobody_holds_takes_no_place() {
        let in_hand = InHand::default();
        let kept = in_hand.put("kept", Bytes::from(vec![1]));
        for number in 0..3 * SWEPT_AT {
            in_hand.put(&number.to_string(), Bytes::from(vec![2]));
        }
        assert!(in_hand.held().len() <= SWEPT_AT);
        assert_eq!(in_hand.get("kept"), Some(kept));
    }
}
