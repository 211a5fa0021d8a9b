//! The files of CIFAR in their Python form.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| swast_datasets::fuzz::cifar_pickles(bytes));
