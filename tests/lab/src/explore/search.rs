//! Through every state, each met once: all that can be reached without a fault, then all with one, and so on. So
//! a state is followed from where it has the most faults left, which includes what it could do with fewer.
//! Within a number of faults it goes breadth first.

use std::hash::Hasher;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use siphasher::sip128::{Hasher128, SipHasher13};

use super::choice::Choice;
use super::stuck::{Edges, stuck};
use super::visited::{Met, Node, Visited, Way};
use super::world::{Rules, World};

/// What a search came to.
pub(super) struct Found {
    /// The states that were followed.
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
    /// With how many faults every state was met, if with any.
    pub(super) whole: Option<u8>,
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
    /// Whether each number of faults is told when it is done.
    pub(super) told: bool,
}

fn digest(bytes: &[u8]) -> [u64; 2] {
    let mut hasher = SipHasher13::new();
    hasher.write(bytes);
    let hash = hasher.finish128();
    [hash.h1, hash.h2]
}

/// What one thread found.
#[derive(Default)]
struct Part {
    next: Vec<(Node, World)>,
    edges: Edges,
    settled: Vec<Node>,
    wrong: Vec<(Node, u8, String)>,
    followed: usize,
    transitions: usize,
}

/// So many states that were reached by a fault are followed to their ends before the next: what is not followed
/// yet is kept as its way alone.
const BATCH: usize = 30_000;

/// How many states a thread takes at once.
const CHUNK: usize = 64;

struct Search<'a> {
    rules: &'a Rules,
    bounds: Bounds,
    visited: Visited,
    first: World,
    root: Node,
    edges: Vec<Edges>,
    settled: Vec<Node>,
    wrong: Vec<(Node, u8, String)>,
    violating: usize,
    followed: usize,
    transitions: usize,
}

pub(super) fn search(rules: &Rules, bounds: Bounds) -> Found {
    let began = Instant::now();
    let visited = Visited::new();
    let first = World::new(rules, bounds.faults);
    let mut bytes = Vec::new();
    first.canonical(rules, &mut bytes);
    let (root, _) = visited.enter(digest(&bytes), Way { parent: 0, choice: 0, faults: 0, depth: 0 });
    let mut search = Search {
        rules,
        bounds,
        visited,
        first,
        root,
        edges: Vec::new(),
        settled: Vec::new(),
        wrong: Vec::new(),
        violating: 0,
        followed: 0,
        transitions: 0,
    };
    let mut whole = None;
    for faults in 0..=bounds.faults {
        if !search.with_faults(faults) {
            break;
        }
        whole = Some(faults);
        if bounds.told {
            let (states, seconds) = (search.followed, began.elapsed().as_secs_f64());
            eprintln!("  {faults} faults: {states} states, {seconds:.0} s");
        }
    }
    search.finish(whole, began)
}

impl Search<'_> {
    /// Follows all that is reached with so many faults. Returns whether that was all of it.
    fn with_faults(&mut self, faults: u8) -> bool {
        let waiting = self.visited.with_faults(faults);
        for batch in waiting.chunks(BATCH) {
            // Those that share the beginning of their ways are made anew together.
            let mut ways: Vec<(Vec<u8>, Node)> =
                batch.iter().map(|node| (self.visited.path(*node, self.root), *node)).collect();
            ways.sort_unstable();
            let mut layer = self.expand(ways, |search, ways| search.made_anew(ways));
            while !layer.is_empty() {
                if self.is_over() {
                    return false;
                }
                layer = self.expand(layer, |_, worlds| worlds);
            }
            if self.is_over() {
                return false;
            }
        }
        true
    }

    fn is_over(&self) -> bool {
        self.visited.count() >= self.bounds.states || (self.bounds.first && !self.wrong.is_empty())
    }

    /// The worlds at the ends of ways, which are sorted.
    fn made_anew(&self, ways: Vec<(Vec<u8>, Node)>) -> Vec<(Node, World)> {
        let mut choices = Vec::new();
        let mut worlds = vec![self.first.clone()];
        let mut before: Vec<u8> = Vec::new();
        let mut made = Vec::with_capacity(ways.len());
        for (way, node) in ways {
            let same = way.iter().zip(&before).take_while(|(one, other)| one == other).count();
            worlds.truncate(same + 1);
            for index in &way[same..] {
                let Some(last) = worlds.last() else { break };
                last.choices(self.rules, &mut choices);
                let Some(choice) = choices.get(usize::from(*index)) else { break };
                let mut next = last.clone();
                next.apply(self.rules, *choice);
                worlds.push(next);
            }
            made.extend(worlds.last().map(|world| (node, world.clone())));
            before = way;
        }
        made
    }

    /// Follows what `make` makes of each chunk, and returns what is to be followed next.
    fn expand<T: Send>(
        &mut self,
        from: Vec<T>,
        make: impl Fn(&Self, Vec<T>) -> Vec<(Node, World)> + Sync,
    ) -> Vec<(Node, World)> {
        let mut from = from.into_iter();
        let chunks: Vec<Mutex<Vec<T>>> = std::iter::from_fn(|| {
            let chunk: Vec<T> = from.by_ref().take(CHUNK).collect();
            (!chunk.is_empty()).then(|| Mutex::new(chunk))
        })
        .collect();
        let (next, over) = (AtomicUsize::new(0), AtomicBool::new(false));
        let this = &*self;
        let parts: Vec<Part> = std::thread::scope(|scope| {
            let work = || {
                let mut part = Part::default();
                let mut scratch = (Vec::new(), Vec::new());
                while let Some(chunk) = chunks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let Ok(chunk) = chunk.lock().map(|mut chunk| std::mem::take(&mut *chunk)) else { break };
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    for (node, world) in make(this, chunk) {
                        this.follow(node, &world, &mut part, &mut scratch);
                    }
                    if this.visited.count() >= this.bounds.states {
                        over.store(true, Ordering::Relaxed);
                    }
                }
                part
            };
            let threads: Vec<_> = (0..this.bounds.threads.clamp(1, 64)).map(|_| scope.spawn(work)).collect();
            threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
        });
        let mut layer = Vec::new();
        for part in parts {
            self.followed += part.followed;
            self.transitions += part.transitions;
            layer.extend(part.next);
            self.edges.push(part.edges);
            self.settled.extend(part.settled);
            self.violating += part.wrong.len();
            self.wrong.extend(part.wrong.into_iter().take(20));
        }
        layer
    }

    fn follow(
        &self,
        node: Node,
        world: &World,
        part: &mut Part,
        (choices, bytes): &mut (Vec<Choice>, Vec<u8>),
    ) {
        let Some(way) = self.visited.way(node) else { return };
        let rules = self.rules;
        part.followed += 1;
        if world.is_settled(rules) {
            part.settled.push(node);
        }
        world.choices(rules, choices);
        part.edges.begin(node);
        for (index, choice) in choices.iter().enumerate() {
            let mut next = world.clone();
            next.apply(rules, *choice);
            part.transitions += 1;
            if let Some(what) = next.wrong.take() {
                part.wrong.push((node, index as u8, what));
                continue;
            }
            next.canonical(rules, bytes);
            let faults = way.faults + u8::from(choice.is_fault());
            let depth = way.depth.saturating_add(1);
            let there = Way { parent: node, choice: index as u8, faults, depth };
            let (number, met) = self.visited.enter(digest(bytes), there);
            if !choice.is_fault() {
                part.edges.add(number);
                if met != Met::Before {
                    part.next.push((number, next));
                }
            }
        }
    }

    fn finish(self, whole: Option<u8>, began: Instant) -> Found {
        let Self { rules, bounds, visited, first, root, wrong, .. } = self;
        let exhausted = whole == Some(bounds.faults);
        let violations = wrong.iter().take(5).map(|(node, choice, what)| {
            let mut path = visited.path(*node, root);
            path.push(*choice);
            (what.clone(), tell(rules, &first, &path))
        });
        let violations = violations.collect();
        // A search that was broken off has states whose continuation nobody saw.
        let stuck = if exhausted && wrong.is_empty() {
            stuck(&visited, &self.edges, &self.settled)
        } else {
            Vec::new()
        };
        let stuck_path =
            stuck.first().map(|node| tell(rules, &first, &visited.path(*node, root))).unwrap_or_default();
        Found {
            states: self.followed,
            transitions: self.transitions,
            depth: visited.deepest(),
            violations,
            violating: self.violating,
            stuck: stuck.len(),
            stuck_path,
            exhausted,
            whole,
            time: began.elapsed(),
        }
    }
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
