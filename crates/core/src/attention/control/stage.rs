//! Where a control acts: the thirds of the UNet.

use serde::{Deserialize, Serialize};

/// The third of the UNet that a layer sits in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stage {
    /// A down block.
    Down,
    /// The middle block.
    Mid,
    /// An up block.
    Up,
}

impl Stage {
    /// All of them, in model order.
    pub const ALL: [Self; 3] = [Self::Down, Self::Mid, Self::Up];

    /// The stage of a layer by its diffusers path ("down_blocks.1.attentions.0...").
    pub fn of(layer: &str) -> Self {
        match layer {
            name if name.starts_with("down_blocks") => Self::Down,
            name if name.starts_with("up_blocks") => Self::Up,
            _ => Self::Mid,
        }
    }
}

/// A value for each third of the UNet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ByStage<T> {
    /// In the down blocks.
    pub down: T,
    /// In the middle block.
    pub mid: T,
    /// In the up blocks.
    pub up: T,
}

/// Where a control acts.
pub type Stages = ByStage<bool>;

impl Stages {
    /// Everywhere.
    pub const ALL: Self = Self::all(true);
}

impl<T: Copy> ByStage<T> {
    /// The same everywhere.
    pub const fn all(value: T) -> Self {
        Self { down: value, mid: value, up: value }
    }

    /// The value of one stage.
    pub fn of(self, stage: Stage) -> T {
        match stage {
            Stage::Down => self.down,
            Stage::Mid => self.mid,
            Stage::Up => self.up,
        }
    }

    /// The value of each layer, by their diffusers paths.
    pub fn of_layers(self, layers: &[String]) -> Vec<T> {
        layers.iter().map(|layer| self.of(Stage::of(layer))).collect()
    }

    /// What `change` makes of each value.
    pub fn map<U>(self, change: impl Fn(T) -> U) -> ByStage<U> {
        ByStage { down: change(self.down), mid: change(self.mid), up: change(self.up) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_have_the_value_of_their_stage() {
        let layers = ["down_blocks.1.attentions.0", "mid_block.attentions.0", "up_blocks.0.attentions.2"];
        let values = ByStage { down: 1, mid: 2, up: 3 }.of_layers(&layers.map(str::to_owned));
        assert_eq!(values, [1, 2, 3]);
    }
}
