#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| danmal_fuzz::messages::run(bytes));
