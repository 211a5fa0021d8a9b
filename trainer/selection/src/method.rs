//! The methods of selection, a file each: its struct is its options.

pub mod craig;
pub mod el2n;
pub mod forgetting;
pub mod full;
pub mod glister;
pub mod gradmatch;
pub mod grand;
pub mod herding;
pub mod k_center;
pub mod moderate;
pub mod random;
pub mod uncertainty;
