//! Images for training and evaluation, as the network takes them.

pub mod resident;
