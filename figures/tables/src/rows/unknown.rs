//! A number that may be unknown, for `#[serde(with = "unknown")]`: NaN in a row, an empty cell in a table.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes NaN as nothing.
pub(super) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    Some(*value).filter(|value| !value.is_nan()).serialize(serializer)
}

/// Reads nothing as NaN.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(deserializer)?.unwrap_or(f64::NAN))
}
