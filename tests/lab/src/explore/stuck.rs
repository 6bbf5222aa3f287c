//! The states from which nothing but a fault leads to a settled one (L2).

use super::visited::{Flags, Node, Visited};

/// What follows without a fault: for each state itself, how many follow, and those.
#[derive(Default)]
pub(super) struct Edges {
    flat: Vec<u32>,
    /// Where the count of the last one stands.
    count: usize,
}

impl Edges {
    pub(super) fn begin(&mut self, node: Node) {
        self.flat.push(node);
        self.count = self.flat.len();
        self.flat.push(0);
    }

    pub(super) fn add(&mut self, follower: Node) {
        self.flat.push(follower);
        self.flat[self.count] += 1;
    }

    fn iter(&self) -> impl Iterator<Item = (Node, &[u32])> {
        let mut rest = self.flat.as_slice();
        std::iter::from_fn(move || {
            let [node, count, tail @ ..] = rest else { return None };
            let (followers, tail) = tail.split_at_checked(*count as usize)?;
            rest = tail;
            Some((*node, followers))
        })
    }
}

pub(super) fn stuck(visited: &Visited, edges: &[Edges], settled: &[Node]) -> Vec<Node> {
    let mut good = Flags::of(visited);
    for node in settled {
        good.set(*node);
    }
    let mut changed = true;
    while changed {
        changed = false;
        // What follows lies in later layers, mostly.
        for (node, followers) in edges.iter().rev().flat_map(Edges::iter) {
            if !good.get(node) && followers.iter().any(|next| good.get(*next)) {
                good.set(node);
                changed = true;
            }
        }
    }
    edges.iter().flat_map(Edges::iter).map(|(node, _)| node).filter(|node| !good.get(*node)).collect()
}
