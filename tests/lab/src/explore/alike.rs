//! Two states with the same bytes behave alike: what makes the search sound.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use danmal_model::Profile;
use danmal_protocol::Line;

use super::choice::Choice;
use super::scenario::{Quirk, SCENARIOS, durations};
use super::world::{Rules, World};

fn rules(name: &str, quirk: Option<Quirk>) -> Rules {
    let mut profile = Profile { durations: durations(), ..Profile::simulator() };
    if let Some(quirk) = quirk {
        quirk.assume(&mut profile, false);
    }
    let scenario = *SCENARIOS.iter().find(|scenario| scenario.name == name).expect("a scenario");
    Rules { scenario, profile, line: Line::Stream, quirk }
}

/// What can happen in a state, and where each of it leads.
type Behaviour = Vec<(String, u64)>;

fn behaviour(rules: &Rules, world: &World) -> Behaviour {
    let (mut choices, mut bytes) = (Vec::new(), Vec::new());
    world.choices(rules, &mut choices);
    let follow = |choice: &Choice| {
        let mut next = world.clone();
        next.apply(rules, *choice);
        next.canonical(rules, &mut bytes);
        let mut hasher = DefaultHasher::new();
        (&bytes, &next.wrong).hash(&mut hasher);
        (choice.to_string(), hasher.finish())
    };
    choices.iter().map(follow).collect()
}

/// Follows every state with few faults, and compares each with the first that had its bytes.
fn differences(rules: &Rules, faults: u8, most: usize) -> (usize, Vec<String>) {
    let first = World::new(rules, faults);
    let mut known: HashMap<Vec<u8>, (Behaviour, Vec<String>)> = HashMap::new();
    let mut queue = VecDeque::from([(first, faults, Vec::<String>::new())]);
    let (mut compared, mut found) = (0, Vec::new());
    let (mut choices, mut bytes) = (Vec::new(), Vec::new());
    while let Some((mut world, left, path)) = queue.pop_front() {
        // Behaviour is compared with a fault to spare.
        world.faults = 1;
        world.canonical(rules, &mut bytes);
        let behaviour = behaviour(rules, &world);
        if let Some((before, way)) = known.get(&bytes) {
            compared += 1;
            if *before != behaviour && found.len() < 3 {
                let differs = before.iter().zip(&behaviour).find(|(one, other)| one != other);
                found.push(format!("{differs:?}\n  after {way:?}\n  and   {path:?}"));
            }
            continue;
        }
        if known.len() >= most {
            break;
        }
        known.insert(bytes.clone(), (behaviour, path.clone()));
        world.faults = left;
        world.choices(rules, &mut choices);
        for choice in &choices {
            let mut next = world.clone();
            next.apply(rules, *choice);
            if next.wrong.is_none() {
                let mut path = path.clone();
                path.push(choice.to_string());
                let left = next.faults;
                queue.push_back((next, left, path));
            }
        }
    }
    (compared, found)
}

#[test]
fn states_with_the_same_bytes_behave_alike() {
    let plain = ["sale", "stop", "cancellation"].map(|name| (name, None));
    let quirky = [Quirk::A2, Quirk::A5, Quirk::A6].map(|quirk| ("sale", Some(quirk)));
    for (name, quirk) in plain.into_iter().chain(quirky) {
        let (compared, found) = differences(&rules(name, quirk), 1, 6_000);
        assert!(found.is_empty(), "{name} {quirk:?}: {}", found.join("\n"));
        assert!(compared > 1_000, "{name} {quirk:?}: only {compared} were met again");
    }
}
