//! Which approval a cancellation undoes (rule 10).

use std::collections::HashMap;

use super::digest::Reference;
use super::entry::Name;
use super::keys::Fixed;

/// What a cancellation names: the original where it is on record, and what a slip prints.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Target {
    pub(crate) original: Option<Name>,
    pub(crate) reference: Option<Reference>,
}

impl Target {
    /// Whether both name the same approval. Two recorded originals are told apart by their ids alone; a typed
    /// one and a recorded one meet in what the slip prints.
    fn meets(&self, other: &Self) -> bool {
        match (&self.original, &other.original) {
            (Some(mine), Some(theirs)) => mine == theirs,
            _ => matches!((self.reference, other.reference), (Some(a), Some(b)) if a.fits(b)),
        }
    }
}

/// The cancellations that are approved or open. One that ended otherwise undid nothing and is left out.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Cancellations {
    targets: HashMap<Name, Target, Fixed>,
    by_original: HashMap<Name, Vec<Name>, Fixed>,
    by_reference: HashMap<u64, Vec<Name>, Fixed>,
}

impl Cancellations {
    pub(crate) fn add(&mut self, name: Name, target: Target) {
        if let Some(original) = &target.original {
            self.by_original.entry(original.clone()).or_default().push(name.clone());
        }
        if let Some(reference) = target.reference {
            self.by_reference.entry(reference.base).or_default().push(name.clone());
        }
        self.targets.insert(name, target);
    }

    pub(crate) fn remove(&mut self, name: &Name) {
        let Some(target) = self.targets.remove(name) else { return };
        if let Some(original) = target.original {
            take_out(&mut self.by_original, &original, name);
        }
        if let Some(reference) = target.reference {
            take_out(&mut self.by_reference, &reference.base, name);
        }
    }

    /// The cancellations of an approval, oldest first.
    pub(crate) fn of<'a>(&'a self, approval: &'a Target) -> impl Iterator<Item = &'a Name> {
        let recorded = approval.original.as_ref().and_then(|original| self.by_original.get(original));
        let printed = approval.reference.and_then(|reference| self.by_reference.get(&reference.base));
        let seen = recorded.map_or(&[][..], Vec::as_slice);
        let printed = printed.map_or(&[][..], Vec::as_slice);
        seen.iter()
            .chain(printed.iter().filter(move |name| !seen.contains(name)))
            .filter(move |name| self.targets.get(*name).is_some_and(|target| target.meets(approval)))
    }

    /// What a cancellation names.
    pub(crate) fn target(&self, name: &Name) -> Option<&Target> {
        self.targets.get(name)
    }
}

fn take_out<K: Eq + std::hash::Hash>(map: &mut HashMap<K, Vec<Name>, Fixed>, key: &K, name: &Name) {
    if let Some(names) = map.get_mut(key) {
        names.retain(|other| other != name);
        if names.is_empty() {
            map.remove(key);
        }
    }
}
