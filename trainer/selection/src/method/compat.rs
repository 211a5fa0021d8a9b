//! Whose published code a method follows where that is a matter of choice.

use serde::{Deserialize, Serialize};

/// Published code with methods of several authors; its errors are not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", try_from = "String")]
pub enum Compat {
    /// Nobody's: ours.
    None,
    /// decile-team/cords, by authors of GradMatch and GLISTER.
    Cords,
    /// PatrickZH/DeepCore.
    Deepcore,
}

impl TryFrom<String> for Compat {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        match name.as_str() {
            "none" => Ok(Self::None),
            "cords" => Ok(Self::Cords),
            "deepcore" => Ok(Self::Deepcore),
            _ => Err("give none, cords or deepcore"),
        }
    }
}
