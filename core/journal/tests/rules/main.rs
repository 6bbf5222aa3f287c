//! The journal's proof, a file for each rule.

mod canaries;
mod common;
mod rule_01_intent_first;
mod rule_02_ptxids;
mod rule_04_claims;
mod rule_09_stops;
mod rule_10_cancellations;
mod rule_13_keys;
mod rule_14_damage;
mod rule_14_pruning;
mod rule_16_late_words;
mod same_book;
