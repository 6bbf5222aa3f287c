//! The canonical keys that an address has led to: mostly one, and another where a name moves to another device.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The keys, of which one is meant now. They stay: whoever asked for one may still hold it.
#[derive(Default)]
pub(crate) struct Keys {
    first: Node,
    now: AtomicUsize,
}

#[derive(Default)]
struct Node {
    key: OnceLock<String>,
    next: OnceLock<Box<Node>>,
}

impl Keys {
    /// The key that is meant now; none while no place is known.
    pub(crate) fn get(&self) -> Option<&String> {
        let mut node = &self.first;
        for _ in 0..self.now.load(Ordering::Acquire) {
            node = node.next.get()?;
        }
        node.key.get()
    }

    /// From now on this one is meant.
    pub(crate) fn set(&self, key: String) {
        let mut node = &self.first;
        for at in 0.. {
            if *node.key.get_or_init(|| key.clone()) == key {
                self.now.store(at, Ordering::Release);
                return;
            }
            node = node.next.get_or_init(Box::default);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Keys;

    #[test]
    fn a_key_that_comes_back_is_the_same_one() {
        let keys = Keys::default();
        assert_eq!(keys.get(), None);
        for key in ["a", "b", "a", "c", "b", "b"] {
            keys.set(key.to_owned());
            assert_eq!(keys.get().map(String::as_str), Some(key));
        }
        assert!(keys.first.next.get().unwrap().next.get().unwrap().next.get().is_none());
    }
}
