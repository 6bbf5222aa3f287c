//! The states that were met: of each its digest, and how it was reached with the fewest faults.

use std::sync::Mutex;

const SHARDS: usize = 64;

/// A state's number: its place in its shard, and the shard.
pub(super) type Node = u32;

/// How a state was reached.
#[derive(Clone, Copy)]
pub(super) struct Way {
    pub(super) parent: Node,
    /// Which of the parent's choices.
    pub(super) choice: u8,
    /// How many faults were spent.
    pub(super) faults: u8,
    /// How many steps it is from the first.
    pub(super) depth: u16,
}

/// What meeting a state comes to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    New,
    /// It was met before, by a way with more faults.
    Cheaper,
    Before,
}

#[derive(Default)]
struct Shard {
    digests: Vec<[u64; 2]>,
    ways: Vec<Way>,
    /// Open addressing: the place of a state plus one, or zero.
    table: Vec<u32>,
}

impl Shard {
    /// Where a digest stands in the table, or the free slot for it.
    fn slot(&self, digest: [u64; 2]) -> usize {
        let mask = self.table.len() - 1;
        let mut slot = digest[1] as usize & mask;
        loop {
            match self.table[slot] {
                0 => return slot,
                place if self.digests[place as usize - 1] == digest => return slot,
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    fn grow(&mut self) {
        let size = (self.table.len() * 2).max(1_024);
        self.table = vec![0; size];
        for place in 0..self.digests.len() {
            let slot = self.slot(self.digests[place]);
            self.table[slot] = place as u32 + 1;
        }
    }

    fn enter(&mut self, digest: [u64; 2], way: Way) -> (usize, Met) {
        if (self.digests.len() + 1) * 4 > self.table.len() * 3 {
            self.grow();
        }
        let slot = self.slot(digest);
        if let Some(place) = (self.table[slot] as usize).checked_sub(1) {
            if self.ways[place].faults <= way.faults {
                return (place, Met::Before);
            }
            self.ways[place] = way;
            return (place, Met::Cheaper);
        }
        self.digests.push(digest);
        self.ways.push(way);
        self.table[slot] = self.digests.len() as u32;
        (self.digests.len() - 1, Met::New)
    }
}

pub(super) struct Visited(Vec<Mutex<Shard>>);

impl Visited {
    pub(super) fn new() -> Self {
        Self((0..SHARDS).map(|_| Mutex::default()).collect())
    }

    pub(super) fn enter(&self, digest: [u64; 2], way: Way) -> (Node, Met) {
        let shard = digest[0] as usize % SHARDS;
        let Ok(mut inner) = self.0[shard].lock() else { return (0, Met::Before) };
        let (place, met) = inner.enter(digest, way);
        ((place * SHARDS + shard) as Node, met)
    }

    pub(super) fn way(&self, node: Node) -> Option<Way> {
        let inner = self.0[node as usize % SHARDS].lock().ok()?;
        inner.ways.get(node as usize / SHARDS).copied()
    }

    /// The choices that lead to a state, from the first.
    pub(super) fn path(&self, mut node: Node, root: Node) -> Vec<u8> {
        let mut path = Vec::new();
        while node != root {
            let Some(way) = self.way(node) else { break };
            path.push(way.choice);
            node = way.parent;
        }
        path.reverse();
        path
    }

    /// The states whose cheapest way has so many faults, about in the order in which they were met.
    pub(super) fn with_faults(&self, faults: u8) -> Vec<Node> {
        let mut nodes = Vec::new();
        for (shard, inner) in self.0.iter().enumerate() {
            let Ok(inner) = inner.lock() else { continue };
            let places = inner.ways.iter().enumerate().filter(|(_, way)| way.faults == faults);
            nodes.extend(places.map(|(place, _)| (place * SHARDS + shard) as Node));
        }
        nodes.sort_unstable();
        nodes
    }

    /// The most steps that a state is from the first.
    pub(super) fn deepest(&self) -> usize {
        let deepest = |shard: &Mutex<Shard>| {
            shard.lock().ok().and_then(|shard| shard.ways.iter().map(|way| way.depth).max()).unwrap_or(0)
        };
        self.0.iter().map(deepest).max().unwrap_or(0).into()
    }

    pub(super) fn count(&self) -> usize {
        self.0.iter().map(|shard| shard.lock().map_or(0, |shard| shard.ways.len())).sum()
    }
}

/// A flag for each state.
pub(super) struct Flags(Vec<Vec<bool>>);

impl Flags {
    pub(super) fn of(visited: &Visited) -> Self {
        let size = |shard: &Mutex<Shard>| shard.lock().map_or(0, |shard| shard.ways.len());
        Self(visited.0.iter().map(|shard| vec![false; size(shard)]).collect())
    }

    pub(super) fn get(&self, node: Node) -> bool {
        self.0[node as usize % SHARDS][node as usize / SHARDS]
    }

    pub(super) fn set(&mut self, node: Node) {
        self.0[node as usize % SHARDS][node as usize / SHARDS] = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_met_once_and_keeps_its_cheapest_way() {
        let visited = Visited::new();
        let way = |faults, choice| Way { parent: 0, choice, faults, depth: 1 };
        let digest = |n: u64| [n.wrapping_mul(0x9e37_79b9_7f4a_7c15), n % 7];
        for n in 0..10_000 {
            assert!(visited.enter(digest(n), way(2, 1)).1 == Met::New);
        }
        let (node, met) = visited.enter(digest(77), way(1, 9));
        assert!(met == Met::Cheaper);
        assert!(visited.enter(digest(77), way(1, 3)) == (node, Met::Before));
        assert!(visited.enter(digest(77), way(4, 3)) == (node, Met::Before));
        assert_eq!(visited.way(node).map(|way| way.choice), Some(9));
        assert_eq!(visited.count(), 10_000);
        assert_eq!(visited.with_faults(1), [node]);
        assert_eq!(visited.with_faults(2).len(), 9_999);
    }
}
