//! Matrices and labels in .npy files and as text.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| swast_selection::command::fuzz(bytes));
