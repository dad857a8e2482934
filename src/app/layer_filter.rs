//! Which layers' maps are averaged.

use tauscope_core::attention::{Grid, Layer};

/// Which cross-attention layers are averaged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum LayerFilter {
    /// All.
    #[default]
    All,
    /// Those with this many patches.
    Resolution(usize),
    /// Those of a block ("down_blocks.1", "mid_block").
    Block(String),
    /// The one of this path.
    Single(String),
}

impl LayerFilter {
    /// Whether `layer` belongs to it.
    pub fn holds(&self, layer: &Layer) -> bool {
        match self {
            Self::All => true,
            Self::Resolution(patches) => layer.grid.patches() == *patches,
            Self::Block(block) => block_of(&layer.name) == block,
            // Where a place looks comes from the self-attention beside it.
            Self::Single(name) => transformer_block(&layer.name) == transformer_block(name),
        }
    }

    /// The menu's words: "All layers", "16 × 16", "down 1", "down 1 · 0.0".
    pub fn label(&self, layers: &[Layer]) -> String {
        match self {
            Self::All => "All layers".to_owned(),
            Self::Resolution(patches) => layers
                .iter()
                .find(|layer| layer.grid.patches() == *patches)
                .map_or_else(|| format!("{patches} patches"), |layer| grid_label(layer.grid)),
            Self::Block(block) => block_label(block),
            Self::Single(name) => {
                let numbers: Vec<_> = name[block_of(name).len()..]
                    .split('.')
                    .filter(|part| part.parse::<usize>().is_ok())
                    .collect();
                format!("{} · {}", block_label(block_of(name)), numbers.join("."))
            }
        }
    }

    /// The single layers. What the history has averaged is not one of them.
    pub fn singles(layers: &[Layer]) -> Vec<Self> {
        Self::of_model(layers).map(|layer| Self::Single(layer.name.clone())).collect()
    }

    fn of_model(layers: &[Layer]) -> impl Iterator<Item = &Layer> {
        layers.iter().filter(|layer| layer.count == 1)
    }

    /// The resolutions that occur, finest first.
    pub fn resolutions(layers: &[Layer]) -> Vec<Self> {
        let mut patches: Vec<_> = layers.iter().map(|layer| layer.grid.patches()).collect();
        patches.sort_unstable_by(|a, b| b.cmp(a));
        patches.dedup();
        patches.into_iter().map(Self::Resolution).collect()
    }

    /// The blocks that occur, in model order.
    pub fn blocks(layers: &[Layer]) -> Vec<Self> {
        let mut blocks: Vec<&str> = Self::of_model(layers).map(|layer| block_of(&layer.name)).collect();
        blocks.dedup();
        blocks.into_iter().map(|block| Self::Block(block.to_owned())).collect()
    }
}

/// "down_blocks.1.attentions.0..." belongs to "down_blocks.1", "mid_block.attentions.0..." to "mid_block".
fn block_of(layer: &str) -> &str {
    let end = layer.find(".attentions").unwrap_or(layer.len());
    &layer[..end]
}

/// The path without "attn1" or "attn2" at its end.
fn transformer_block(layer: &str) -> &str {
    layer.rsplit_once(".attn").map_or(layer, |(block, _)| block)
}

/// "down_blocks.1" is "down 1" to a reader.
fn block_label(block: &str) -> String {
    block.replace("_blocks.", " ").replace("_block", "")
}

/// Columns first, as picture sizes are written.
fn grid_label(grid: Grid) -> String {
    format!("{} × {}", grid.width, grid.height)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers() -> Vec<Layer> {
        [("down_blocks.1.attentions.0.transformer_blocks.0.attn2", 16), ("mid_block.attentions.0.attn2", 8)]
            .map(|(name, side)| Layer { name: name.to_owned(), grid: Grid::new(side, side), count: 1 })
            .to_vec()
    }

    #[test]
    fn filters_read_well() {
        fn check(filter: &LayerFilter, expected: &str) {
            assert_eq!(filter.label(&layers()), expected);
        }
        check(&LayerFilter::All, "All layers");
        check(&LayerFilter::Resolution(64), "8 × 8");
        check(&LayerFilter::Block("down_blocks.1".to_owned()), "down 1");
        check(&LayerFilter::Block("mid_block".to_owned()), "mid");
        check(&LayerFilter::Single(layers()[0].name.clone()), "down 1 · 0.0");
    }

    #[test]
    fn filters_hold_their_layers() {
        fn check(filter: &LayerFilter, expected: [bool; 2]) {
            assert_eq!([0, 1].map(|i| filter.holds(&layers()[i])), expected, "{filter:?}");
        }
        check(&LayerFilter::All, [true, true]);
        check(&LayerFilter::Resolution(256), [true, false]);
        check(&LayerFilter::blocks(&layers())[1], [false, true]);
        check(&LayerFilter::Single("mid_block.attentions.0.attn2".to_owned()), [false, true]);
        // The patch view of a single layer was empty.
        check(&LayerFilter::Single("mid_block.attentions.0.attn1".to_owned()), [false, true]);
    }
}
