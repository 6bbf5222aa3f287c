//! The README and its Korean twin say the same, and what the simulator does.

use std::path::Path;

use danmal_simulator::MAGIC;

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)).unwrap()
}

fn blocks(page: &str) -> Vec<&str> {
    page.split("```").skip(1).step_by(2).collect()
}

fn headings(page: &str) -> Vec<usize> {
    let mut code = false;
    page.lines()
        .filter(|line| {
            code ^= line.starts_with("```");
            !code && line.starts_with('#')
        })
        .map(|line| line.bytes().take_while(|byte| *byte == b'#').count())
        .collect()
}

#[test]
fn the_korean_twin_is_in_step() {
    let (english, korean) = (read("README.md"), read("README.ko.md"));
    assert_eq!(headings(&english), headings(&korean));
    assert_eq!(blocks(&english), blocks(&korean));
}

#[test]
fn the_first_program_has_at_most_fifteen_lines() {
    let english = read("README.md");
    let first = blocks(&english)[0].lines().skip(1).filter(|line| !line.trim().is_empty()).count();
    assert!(first <= 15, "{first} lines");
}

#[test]
fn the_magic_amounts_are_those_of_the_simulator() {
    for (page, korean) in [(read("README.md"), false), (read("README.ko.md"), true)] {
        for magic in MAGIC {
            let won = format!("{},{:03}", magic.amount / 1000, magic.amount % 1000);
            let text = if korean { magic.ko } else { magic.en };
            let row = format!("| {won} | {text} | `{}` |", magic.outcome);
            assert!(page.contains(&row), "missing: {row}");
        }
    }
}
