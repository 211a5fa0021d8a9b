//! The names of choices as flags and tables write them: one spelling, declared where the type is.

use clap::ValueEnum;

/// The name of a choice, as it stands on the command line and in the tables.
///
/// ```
/// use swast_analysis::{names::name, trials::Pairing};
/// assert_eq!(name(&Pairing::AtFit), "at-fit");
/// ```
#[must_use]
pub fn name(choice: &impl ValueEnum) -> String {
    choice.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}
