#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fatwood_fuzz::run("pylock", bytes));
