//! The list of classes in the development kit of ImageNet.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| swast_datasets::fuzz::synsets(bytes));
