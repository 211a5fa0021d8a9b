//! Orthogonal matching pursuit and its parts: the atoms it chooses from, the least squares it solves, and what makes it
//! fast.

pub mod atoms;
pub mod batches;
mod cholesky;
pub mod nnls;
pub mod omp;
pub mod rank_one;
pub mod ridge_pursuit;
pub mod rows;
