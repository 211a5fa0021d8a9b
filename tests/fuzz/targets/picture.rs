//! Pictures: JPEG, PNG and WebP.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| swast_datasets::fuzz::picture(bytes));
