//! Breadth first through every state, each met once.

use std::collections::HashMap;
use std::hash::Hasher;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use siphasher::sip128::{Hasher128, SipHasher13};

use super::choice::Choice;
use super::world::{Rules, World};

const SHARDS: usize = 64;

/// A state's number: its place in its shard, and the shard.
type Node = u32;

#[derive(Default)]
struct Shard {
    numbers: HashMap<[u64; 2], u32>,
    /// From where each was met first, and by which choice of it.
    parents: Vec<(Node, u8)>,
}

/// The states that were met. Of each its digest alone is kept, and how it was reached.
struct Visited(Vec<Mutex<Shard>>);

impl Visited {
    /// A state's number, and whether it is new.
    fn enter(&self, digest: [u64; 2], parent: Node, choice: u8) -> (Node, bool) {
        let shard = digest[0] as usize % SHARDS;
        let Ok(mut inner) = self.0[shard].lock() else { return (0, false) };
        let next = inner.parents.len() as u32;
        let number = *inner.numbers.entry(digest).or_insert(next);
        let new = number == next;
        if new {
            inner.parents.push((parent, choice));
        }
        (number * SHARDS as u32 + shard as u32, new)
    }

    fn parent(&self, node: Node) -> Option<(Node, u8)> {
        let inner = self.0[node as usize % SHARDS].lock().ok()?;
        inner.parents.get(node as usize / SHARDS).copied()
    }

    /// The choices that lead to a state, from the first.
    fn path(&self, mut node: Node, root: Node) -> Vec<u8> {
        let mut path = Vec::new();
        while node != root {
            let Some((parent, choice)) = self.parent(node) else { break };
            path.push(choice);
            node = parent;
        }
        path.reverse();
        path
    }
}

/// What a search came to.
pub(super) struct Found {
    pub(super) states: usize,
    pub(super) transitions: usize,
    pub(super) depth: usize,
    /// The first of them, each with its way there.
    pub(super) violations: Vec<(String, Vec<String>)>,
    pub(super) violating: usize,
    pub(super) stuck: usize,
    pub(super) stuck_path: Vec<String>,
    /// Whether every state was met.
    pub(super) exhausted: bool,
    pub(super) time: Duration,
}

/// What bounds a search.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    pub(super) faults: u8,
    pub(super) states: usize,
    pub(super) threads: usize,
    /// Whether the first violation is enough.
    pub(super) first: bool,
}

fn digest(bytes: &[u8]) -> [u64; 2] {
    let mut hasher = SipHasher13::new();
    hasher.write(bytes);
    let hash = hasher.finish128();
    [hash.h1, hash.h2]
}

/// Edges without a fault: the state, how many follow, and those.
type Edges = Vec<u32>;

/// What one thread found in one layer.
#[derive(Default)]
struct Part {
    next: Vec<(Node, World)>,
    edges: Edges,
    settled: Vec<Node>,
    wrong: Vec<(Node, u8, String)>,
    transitions: usize,
}

pub(super) fn search(rules: &Rules, bounds: Bounds) -> Found {
    let began = Instant::now();
    let visited = Visited((0..SHARDS).map(|_| Mutex::default()).collect());
    let first = World::new(rules, bounds.faults);
    let mut bytes = Vec::new();
    first.canonical(rules, &mut bytes);
    let (root, _) = visited.enter(digest(&bytes), 0, 0);
    let mut layer = vec![(root, first.clone())];
    let (mut edges, mut settled, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    let (mut states, mut transitions, mut depth) = (1, 0, 0);
    let mut violating = 0;
    let mut exhausted = true;
    while !layer.is_empty() {
        if states >= bounds.states || (bounds.first && !wrong.is_empty()) {
            exhausted = false;
            break;
        }
        let parts = expand(rules, &visited, layer, bounds, states);
        layer = Vec::new();
        for part in parts {
            states += part.next.len();
            transitions += part.transitions;
            layer.extend(part.next);
            edges.push(part.edges);
            settled.extend(part.settled);
            violating += part.wrong.len();
            wrong.extend(part.wrong.into_iter().take(20));
        }
        depth += usize::from(!layer.is_empty());
    }
    let violations = wrong.iter().take(5).map(|(node, choice, what)| {
        let mut path = visited.path(*node, root);
        path.push(*choice);
        (what.clone(), tell(rules, &first, &path))
    });
    let violations = violations.collect();
    // A search that was broken off has states whose continuation nobody saw.
    let stuck = if exhausted && wrong.is_empty() { stuck(&visited, &edges, &settled) } else { Vec::new() };
    let stuck_path =
        stuck.first().map(|node| tell(rules, &first, &visited.path(*node, root))).unwrap_or_default();
    Found {
        states,
        transitions,
        depth,
        violations,
        violating,
        stuck: stuck.len(),
        stuck_path,
        exhausted,
        time: began.elapsed(),
    }
}

/// How many states a thread takes at once.
const CHUNK: usize = 64;

fn expand(
    rules: &Rules,
    visited: &Visited,
    layer: Vec<(Node, World)>,
    bounds: Bounds,
    states: usize,
) -> Vec<Part> {
    let chunks: Vec<Mutex<Vec<(Node, World)>>> = {
        let mut chunks = Vec::with_capacity(layer.len() / CHUNK + 1);
        let mut layer = layer.into_iter();
        loop {
            let chunk: Vec<_> = layer.by_ref().take(CHUNK).collect();
            if chunk.is_empty() {
                break chunks;
            }
            chunks.push(Mutex::new(chunk));
        }
    };
    let (next, new, over) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..bounds.threads.clamp(1, 64))
            .map(|_| {
                scope.spawn(|| {
                    let mut part = Part::default();
                    let mut scratch = (Vec::new(), Vec::new());
                    while let Some(chunk) = chunks.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let Ok(mut chunk) = chunk.lock().map(|mut chunk| std::mem::take(&mut *chunk)) else {
                            break;
                        };
                        for (node, world) in chunk.drain(..) {
                            if over.load(Ordering::Relaxed) {
                                break;
                            }
                            let before = part.next.len();
                            follow(rules, visited, node, &world, &mut part, &mut scratch);
                            let all = new.fetch_add(part.next.len() - before, Ordering::Relaxed);
                            if states + all >= bounds.states {
                                over.store(true, Ordering::Relaxed);
                            }
                        }
                    }
                    part
                })
            })
            .collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    })
}

fn follow(
    rules: &Rules,
    visited: &Visited,
    node: Node,
    world: &World,
    part: &mut Part,
    (choices, bytes): &mut (Vec<Choice>, Vec<u8>),
) {
    if world.is_settled(rules) {
        part.settled.push(node);
    }
    world.choices(rules, choices);
    part.edges.push(node);
    let count = part.edges.len();
    part.edges.push(0);
    for (index, choice) in choices.iter().enumerate() {
        let mut next = world.clone();
        next.apply(rules, *choice);
        part.transitions += 1;
        if let Some(what) = next.wrong.take() {
            part.wrong.push((node, index as u8, what));
            continue;
        }
        next.canonical(rules, bytes);
        let (number, new) = visited.enter(digest(bytes), node, index as u8);
        if !choice.is_fault() {
            part.edges.push(number);
            part.edges[count] += 1;
        }
        if new {
            part.next.push((number, next));
        }
    }
}

/// The states from which nothing but a fault leads to a settled one.
fn stuck(visited: &Visited, edges: &[Edges], settled: &[Node]) -> Vec<Node> {
    let mut good: Vec<Vec<bool>> = visited
        .0
        .iter()
        .map(|shard| vec![false; shard.lock().map_or(0, |shard| shard.parents.len())])
        .collect();
    let at = |node: Node| (node as usize % SHARDS, node as usize / SHARDS);
    for node in settled {
        let (shard, place) = at(*node);
        good[shard][place] = true;
    }
    let mut changed = true;
    while changed {
        changed = false;
        // What follows lies in later layers, mostly.
        for layer in edges.iter().rev() {
            let mut rest = layer.as_slice();
            while let [node, count, tail @ ..] = rest {
                let (followers, tail) = tail.split_at(*count as usize);
                rest = tail;
                let (shard, place) = at(*node);
                if good[shard][place] {
                    continue;
                }
                if followers.iter().any(|next| {
                    let (shard, place) = at(*next);
                    good[shard][place]
                }) {
                    good[shard][place] = true;
                    changed = true;
                }
            }
        }
    }
    let nodes = edges.iter().flat_map(|layer| {
        let mut rest = layer.as_slice();
        std::iter::from_fn(move || {
            let [node, count, tail @ ..] = rest else { return None };
            rest = tail.get(*count as usize..).unwrap_or_default();
            Some(*node)
        })
    });
    nodes
        .filter(|node| {
            let (shard, place) = at(*node);
            !good[shard][place]
        })
        .collect()
}

/// A way in words.
fn tell(rules: &Rules, first: &World, path: &[u8]) -> Vec<String> {
    let mut world = first.clone();
    let mut choices = Vec::new();
    let mut words = Vec::new();
    let began = world.now;
    for index in path {
        world.choices(rules, &mut choices);
        let Some(choice) = choices.get(usize::from(*index)) else { break };
        let what = match choice {
            Choice::ToTerminal | Choice::LoseRequest | Choice::DelayRequest | Choice::StopIgnored => {
                format!("{choice} {:?}", world.up.front())
            }
            Choice::ToTill | Choice::LoseAnswer | Choice::Duplicate => {
                format!("{choice} {:?}", world.down.front())
            }
            choice => choice.to_string(),
        };
        world.apply(rules, *choice);
        let phase = world.session.phase().map(|phase| phase.to_string()).unwrap_or_default();
        let second = (world.now - began).as_secs();
        let mark = if choice.is_fault() { "!" } else { " " };
        words.push(format!("{second:>4} s {mark} {what:<44} {phase:<12} shows {:?}", world.terminal.last));
    }
    words
}
