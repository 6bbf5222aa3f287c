//! The fuzzers' targets on stable: the seeds, and some thousand mutations of them.

use std::panic::catch_unwind;
use std::path::Path;

use danmal_fuzz::TARGETS;
use danmal_fuzz::mutate::Mutator;

/// How many mutations of each target's seeds. `DANMAL_FUZZ=1000000` runs more.
fn mutations(target: &str) -> u64 {
    let wished = std::env::var("DANMAL_FUZZ").ok().and_then(|text| text.parse().ok());
    let slower = if target == "journal" { 10 } else { 1 };
    wished.unwrap_or(1_500) / slower
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(target);
    let mut files: Vec<_> =
        std::fs::read_dir(&folder).expect("its seeds").map(|entry| entry.expect("a seed").path()).collect();
    files.sort();
    files.into_iter().map(|file| std::fs::read(file).expect("a seed")).collect()
}

#[test]
fn no_seed_and_no_mutation_of_one_breaks_a_promise() {
    for (name, target) in TARGETS {
        let seeds = seeds(name);
        assert!(!seeds.is_empty(), "{name} has seeds");
        let run = |input: &[u8], what: String| {
            if catch_unwind(|| target(input)).is_err() {
                let bytes: String = input.iter().map(|byte| format!("{byte:02x}")).collect();
                panic!("{name}, {what}: {bytes}");
            }
        };
        for (place, seed) in seeds.iter().enumerate() {
            run(seed, format!("seed file {place}"));
        }
        let mut mutator = Mutator::new(7);
        for number in 0..mutations(name) {
            run(&mutator.next_input(&seeds), format!("mutation {number} of seed 7"));
        }
    }
}
