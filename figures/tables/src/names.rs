//! Names of choices: the same on the command line, in the tables and in `settings.json`.

use clap::ValueEnum;
use serde::{Deserialize, Deserializer, Serializer, de};

/// Name of `value` on the command line.
pub fn name_of<T: ValueEnum + Copy>(value: T) -> String {
    value.to_possible_value().map_or_else(String::new, |v| v.get_name().to_owned())
}

/// Writes a choice as its name, for `#[serde(with = "names")]`.
pub fn serialize<T: ValueEnum + Copy, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&name_of(*value))
}

/// Reads a choice by its name, for `#[serde(with = "names")]`.
pub fn deserialize<'de, T: ValueEnum, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    let name = String::deserialize(from)?;
    T::from_str(&name, false).map_err(|_| de::Error::custom(format!("unknown name `{name}`")))
}
