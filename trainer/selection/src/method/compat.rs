//! Whose published code a method follows where that is a matter of choice.

use serde::{Deserialize, Serialize};

/// Published code of others; their errors are not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compat {
    /// decile-team/cords, by authors of GradMatch and GLISTER.
    Cords,
    /// PatrickZH/DeepCore.
    Deepcore,
    /// baharanm/craig, by the authors of CRAIG.
    Craig,
}
