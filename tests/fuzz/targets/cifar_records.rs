//! A batch of CIFAR in its binary form.
#![no_main]

libfuzzer_sys::fuzz_target!(init: swast_datasets::fuzz::write_seeds("cifar_records"), |bytes: &[u8]| swast_datasets::fuzz::cifar_records(bytes));
