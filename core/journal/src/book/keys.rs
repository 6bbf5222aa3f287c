//! Whose a key is (rule 13).

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};

use super::digest::KeyDigest;
use super::entry::Name;

/// Hash maps without randomness: the same records give the same book. What is hashed is a keyed digest or a
/// journal's own count, so nobody outside chooses it.
pub(crate) type Fixed = BuildHasherDefault<DefaultHasher>;

/// For each key the intents that may hold it: every open one, and the newest that ended after it was sent.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Keys {
    newest: HashMap<KeyDigest, Name, Fixed>,
    /// Those before the newest, oldest first; most keys have none.
    before: HashMap<KeyDigest, Vec<Name>, Fixed>,
}

impl Keys {
    /// The key's intent: the newest that runs or of which a byte was sent.
    pub(crate) fn holder(&self, key: &KeyDigest) -> Option<&Name> {
        self.newest.get(key)
    }

    /// An intent takes the key.
    pub(crate) fn take(&mut self, key: KeyDigest, name: Name) {
        if let Some(earlier) = self.newest.insert(key, name) {
            self.before.entry(key).or_default().push(earlier);
        }
    }

    /// An intent gives the key back to the one before it.
    pub(crate) fn give_back(&mut self, key: &KeyDigest, name: &Name) {
        self.change(key, |line| line.retain(|other| other != name));
    }

    /// An intent of the key ended after it was sent: those older than the newest such one are done with.
    pub(crate) fn settle(&mut self, key: &KeyDigest, ended: impl Fn(&Name) -> bool) {
        if !self.before.contains_key(key) {
            return;
        }
        self.change(key, |line| {
            let newest = line.iter().rposition(&ended);
            let mut at = 0;
            line.retain(|name| {
                at += 1;
                newest.is_none_or(|newest| at > newest || !ended(name))
            });
        });
    }

    /// Takes pruned intents out of all keys.
    pub(crate) fn forget(&mut self, gone: impl Fn(&Name) -> bool) {
        for line in self.before.values_mut() {
            line.retain(|name| !gone(name));
        }
        let orphaned: Vec<KeyDigest> =
            self.newest.iter().filter(|(_, name)| gone(name)).map(|(key, _)| *key).collect();
        for key in orphaned {
            self.newest.remove(&key);
            self.change(&key, |_| {});
        }
        self.before.retain(|_, line| !line.is_empty());
    }

    fn change(&mut self, key: &KeyDigest, act: impl FnOnce(&mut Vec<Name>)) {
        let mut line = self.before.remove(key).unwrap_or_default();
        line.extend(self.newest.remove(key));
        act(&mut line);
        if let Some(newest) = line.pop() {
            self.newest.insert(*key, newest);
        }
        if !line.is_empty() {
            self.before.insert(*key, line);
        }
    }
}
