//! The journal's proof, a file for each rule.

mod common;
mod rule_01_intent_first;
