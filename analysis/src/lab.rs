//! The polynomial laboratory behind `swast-analysis explore`: one state, which an address can hold,
//! and what the crate answers to it: numbers, sentences and pictures. Knows nothing of HTTP.

mod answer;
mod command;
mod difficulty;
mod form;
mod state;

pub use answer::{Answer, Draws, Numbers, Picture, Pictures, coefficients, draws, fit, study_rows};
pub use command::{draws_command, epsilon_command, prune_command};
pub use difficulty::{Difficulty, difficulty};
pub use form::check_count;
pub use state::{Against, Request, Sets, State};
