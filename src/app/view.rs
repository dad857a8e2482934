//! How a painting is looked at. Nothing here changes what is painted.

use serde::{Deserialize, Serialize};

use super::reading::Part;
use tauscope_core::{
    attention::{Grid, Layer, Place},
    prompt::PromptWords,
};
use tauscope_studio::export::ColorMap;

/// The choices of the picture, the words and the filmstrip.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// What fills the window.
    pub page: Page,
    /// Bare or with heat.
    pub mode: Mode,
    /// Colours of heat.
    pub color_map: ColorMap,
    /// Which layers' maps.
    pub layers: LayerFilter,
    /// Of which steps.
    pub time: Time,
    /// Patches as they are, without smoothing.
    pub patches: bool,
    /// One scale for all words.
    pub same_scale: bool,
    /// How large tiles are.
    pub tile_size: TileSize,
    /// Whether function words and special tokens have tiles.
    pub others: bool,
    /// Whether a word of several tokens has a tile for each.
    pub pieces: bool,
    /// The words whose tiles stay on top, in the order of pinning.
    pub pinned_words: Vec<Part>,
    /// Chosen words, in the order of choosing.
    pub selected: Vec<Part>,
    /// The word that is pointed at.
    pub hovered: Option<Part>,
    /// The place of the picture whose words stay shown.
    pub pinned: Option<Place>,
    /// The place whose self-attention is shown.
    pub patch: Option<Place>,
    /// Whether it is shown as if the temperature were 1.
    pub without_tau: bool,
    /// Whether steps that are over are shown as the VAE decodes them, and not by their previews.
    pub decodes: bool,
    /// Whether heat is hidden for as long as a key is held.
    pub peeking: bool,
    /// The step shown; `None` follows the newest.
    pub step: Option<usize>,
    /// Whether the steps play.
    pub playing: bool,
    /// How the picture lies in its place; `None` fits it in whole.
    pub framing: Option<Framing>,
}

impl View {
    /// The parts of a prompt with a tile, in their order: the pinned ones come first.
    pub fn tiles(&self, words: &PromptWords) -> Vec<Part> {
        let others = words.parts(self.others, self.pieces).into_iter();
        self.pinned_words
            .iter()
            .copied()
            .chain(others.filter(|part| !self.pinned_words.contains(part)))
            .collect()
    }

    /// The words whose heat lies over the picture: the one pointed at, else the chosen ones in overlay mode.
    pub fn overlaid(&self) -> &[Part] {
        match (&self.hovered, self.mode) {
            _ if self.peeking => &[],
            (Some(part), _) => std::slice::from_ref(part),
            (None, Mode::Overlay) => &self.selected,
            (None, Mode::Picture | Mode::Entities | Mode::Patch) => &[],
        }
    }
}

/// What fills the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// One picture and its words.
    #[default]
    Paint,
    /// The same seed under several controls.
    Compare,
}

/// Bare or with heat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The picture alone.
    #[default]
    Picture,
    /// The chosen words' heat over it.
    Overlay,
    /// The entity that each place looks at most, mask on or off.
    Entities,
    /// Where one place of the picture looks in the picture itself.
    Patch,
}

/// Of which steps a map is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Time {
    /// The step shown.
    #[default]
    Step,
    /// The mean from the first step to the one shown.
    MeanSoFar,
}

/// How large tiles are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TileSize {
    /// Many at once.
    Small,
    /// Four in a row of the usual window.
    #[default]
    Medium,
    /// To look closely.
    Large,
}

impl TileSize {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];

    /// A tile's least width in points, for a square picture.
    pub fn points(self) -> f32 {
        match self {
            Self::Small => 60.0,
            Self::Medium => 76.0,
            Self::Large => 148.0,
        }
    }

    /// "S", "M", "L".
    pub fn label(self) -> &'static str {
        match self {
            Self::Small => "S",
            Self::Medium => "M",
            Self::Large => "L",
        }
    }
}

/// A picture enlarged and moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Framing {
    /// Screen pixels per pixel of the picture.
    pub scale: f32,
    /// The place in the middle.
    pub center: Place,
}

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
            // Where a place looks is of the self-attention beside it.
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

    /// The single layers. What the history has averaged is none.
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

/// "down_blocks.1.attentions.0..." is of "down_blocks.1", "mid_block.attentions.0..." of "mid_block".
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
