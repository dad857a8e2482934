//! How attention is steered, and over which entities: what may change from step to step.

use serde::{Deserialize, Serialize};

use crate::{attention::Control, prompt::Groups};

/// What is in force at a step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Steer {
    /// How attention is steered.
    pub control: Control,
    /// Which words of the prompt are one entity.
    pub groups: Groups,
}
