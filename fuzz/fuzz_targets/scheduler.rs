#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tauscope_testing::untrusted::scheduler(bytes));
