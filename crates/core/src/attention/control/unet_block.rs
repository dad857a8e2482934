//! Where a control acts: the blocks of the UNet, as diffusers names them.

use serde::{Deserialize, Serialize};

/// A kind of block of the UNet. A layer sits in one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum UnetBlock {
    /// A down block.
    Down,
    /// The middle block.
    Mid,
    /// An up block.
    Up,
}

impl UnetBlock {
    /// The block of a layer by its diffusers path ("down_blocks.1.attentions.0...").
    pub fn of(layer: &str) -> Self {
        match layer {
            name if name.starts_with("down_blocks") => Self::Down,
            name if name.starts_with("up_blocks") => Self::Up,
            _ => Self::Mid,
        }
    }
}

/// A value for each kind of block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ByBlock<T> {
    /// In the down blocks.
    pub down: T,
    /// In the middle block.
    pub mid: T,
    /// In the up blocks.
    pub up: T,
}

/// Where a control acts.
pub type Blocks = ByBlock<bool>;

impl Blocks {
    /// Everywhere.
    pub const ALL: Self = Self::all(true);
}

impl<T: Copy> ByBlock<T> {
    /// The same everywhere.
    pub const fn all(value: T) -> Self {
        Self { down: value, mid: value, up: value }
    }

    /// The value in a kind of block.
    pub fn of(self, block: UnetBlock) -> T {
        match block {
            UnetBlock::Down => self.down,
            UnetBlock::Mid => self.mid,
            UnetBlock::Up => self.up,
        }
    }

    /// The value of each layer, by their diffusers paths.
    pub fn of_layers(self, layers: &[String]) -> Vec<T> {
        layers.iter().map(|layer| self.of(UnetBlock::of(layer))).collect()
    }

    /// What `change` makes of each value.
    pub fn map<U>(self, change: impl Fn(T) -> U) -> ByBlock<U> {
        ByBlock { down: change(self.down), mid: change(self.mid), up: change(self.up) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_have_the_value_of_their_block() {
        let layers = ["down_blocks.1.attentions.0", "mid_block.attentions.0", "up_blocks.0.attentions.2"];
        let values = ByBlock { down: 1, mid: 2, up: 3 }.of_layers(&layers.map(str::to_owned));
        assert_eq!(values, [1, 2, 3]);
    }
}
