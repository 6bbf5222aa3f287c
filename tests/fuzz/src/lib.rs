//! What the fuzzers feed with arbitrary bytes: each target takes bytes and panics where a promise is broken.
//!
//! `fuzz/` runs them under cargo-fuzz, on nightly and guided by coverage; the tests of this crate run them on
//! stable over the seed corpus and seeded mutations of it.

pub mod frames;
pub mod journal;
pub mod messages;
pub mod mutate;
pub mod scenarios;
pub mod session;

/// What a fuzzer feeds.
pub type Target = fn(&[u8]);

/// Every target by its name, which is also the folder of its seeds in `fuzz/seeds`.
pub const TARGETS: [(&str, Target); 6] = [
    ("frames", frames::run),
    ("messages", messages::run),
    ("session", session::run),
    ("journal", journal::run),
    ("addresses", addresses),
    ("scenarios", scenarios::run),
];

/// An address is read or refused by its field. Whatever is refused says what is accepted.
pub fn addresses(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Err(error) = danmal::check_address(&text) {
        assert_eq!(error.code, danmal::ErrorCode::InvalidAddress);
        assert!(error.field.is_some(), "an address that is refused names its field");
    }
}
