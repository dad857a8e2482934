//! What the text of a prompt takes in memory at a step, and whether it fits: a map is patches x tokens in every layer, so
//! a long prompt at a large size takes gigabytes where a short one takes megabytes. Pure.

use tauscope_core::{
    attention::Grid,
    diffusion::{SIZE_STEP, VAE_FACTOR},
    error::{Error, Result},
    prompt::{CHUNK_TOKENS, CONTENT_TOKENS},
    units,
};

/// Copies of a map at the end of a step: ONNX Runtime's and ours, as used and before mask and weights, which a person may
/// switch on at any step.
const MAP_COPIES: u64 = 4;
/// Rows of the text: negative and positive.
const ROWS: u64 = 2;
/// Arrays as wide as the text that a step has at once: the text and what values are made from, each kept by us and by
/// ONNX Runtime, and keys and values of two layers.
const TEXT_COPIES: u64 = 8;
const FLOAT_BYTES: u64 = size_of::<f32>() as u64;

/// What each chunk of text costs a UNet at one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TextMemory {
    latent: Grid,
    chunk_bytes: u64,
    /// What of it does not depend on the size.
    text_bytes: u64,
}

impl TextMemory {
    /// Of a UNet with these cross-attention layers, whose text is so wide.
    pub(super) fn of(layers: &[String], context_width: usize, latent: Grid) -> Self {
        let patches: u64 = patches(layers, latent).map(|patches| patches as u64).sum();
        let chunk = |numbers: u64| FLOAT_BYTES.saturating_mul(numbers).saturating_mul(CHUNK_TOKENS as u64);
        let text_bytes = chunk(ROWS * TEXT_COPIES * context_width as u64);
        Self { latent, chunk_bytes: text_bytes.saturating_add(chunk(MAP_COPIES * patches)), text_bytes }
    }

    /// What so many chunks take, in bytes.
    pub(super) fn bytes(self, chunks: usize) -> u64 {
        self.chunk_bytes.saturating_mul(chunks as u64)
    }

    /// Checks that so many chunks fit into what is free, 0 if the system does not say.
    ///
    /// # Errors
    /// [`Error::Input`] with how many tokens and which size would fit.
    pub(super) fn require(self, chunks: usize, available_bytes: u64) -> Result<()> {
        let needed_bytes = self.bytes(chunks);
        if available_bytes == 0 || needed_bytes <= available_bytes {
            return Ok(());
        }
        let [width, height] = [self.latent.width, self.latent.height].map(|side| side * VAE_FACTOR);
        let tokens = |chunks: usize| chunks * CONTENT_TOKENS;
        let problem = format!(
            "The maps of a prompt or negative prompt of {} tokens at {width} x {height} take about {} of memory at each step, and {} are \
             free.",
            tokens(chunks),
            units::bytes(needed_bytes),
            units::bytes(available_bytes),
        );
        // Maps grow with the area; the rest does not, and is far smaller.
        let text_bytes = self.text_bytes.saturating_mul(chunks as u64);
        let room = available_bytes.saturating_sub(text_bytes) as f64;
        let scale = (room / needed_bytes.saturating_sub(text_bytes).max(1) as f64).sqrt();
        let smaller = |side: usize| (side as f64 * scale) as usize / SIZE_STEP * SIZE_STEP;
        let (smaller_width, smaller_height) = (smaller(width), smaller(height));
        let mut ways = Vec::new();
        let fitting = usize::try_from(available_bytes / self.chunk_bytes.max(1)).unwrap_or(usize::MAX);
        if fitting > 0 {
            ways.push(format!("shorten it to {} tokens", tokens(fitting)));
        }
        if smaller_width.min(smaller_height) > 0 {
            ways.push(format!("choose a size of {smaller_width} x {smaller_height}"));
        }
        ways.push("close other programs, or start with --low-memory on".to_owned());
        let remedy = ways.join(", or ");
        let remedy = format!("{}{}.", remedy[..1].to_uppercase(), &remedy[1..]);
        Err(Error::input(problem, remedy))
    }
}

/// How many patches each layer has over a latent, by its name: every down block but the first halves the latent, and up
/// blocks double it again. A layer without a block counts as the largest.
fn patches(layers: &[String], latent: Grid) -> impl Iterator<Item = usize> {
    let down = |layer: &String| block(layer, "down_blocks.");
    // The middle is as deep as the last down block, or deeper: then less is needed than is said here.
    let deepest = layers.iter().filter_map(down).max().unwrap_or(0);
    layers.iter().map(move |layer| {
        let depth = down(layer)
            .or_else(|| block(layer, "up_blocks.").map(|up| deepest.saturating_sub(up)))
            .or_else(|| layer.starts_with("mid_block").then_some(deepest))
            .unwrap_or(0);
        let halved = |length: usize| length.div_ceil(1 << depth.min(8));
        halved(latent.height) * halved(latent.width)
    })
}

/// The number of a layer's block of this kind.
fn block(layer: &str, kind: &str) -> Option<usize> {
    layer.strip_prefix(kind)?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cross-attention layers of SDXL: blocks with the transformers of each and the depth of these.
    fn sdxl() -> Vec<String> {
        let blocks = [
            ("down_blocks.1", 2, 2),
            ("down_blocks.2", 2, 10),
            ("mid_block", 1, 10),
            ("up_blocks.0", 3, 10),
            ("up_blocks.1", 3, 2),
        ];
        let layers = blocks.into_iter().flat_map(|(block, transformers, depth)| {
            (0..transformers * depth).map(move |at| {
                let (transformer, layer) = (at / depth, at % depth);
                format!("{block}.attentions.{transformer}.transformer_blocks.{layer}.attn2")
            })
        });
        layers.collect()
    }

    #[test]
    fn maps_are_counted_as_the_unet_gives_them() {
        let layers = sdxl();
        assert_eq!(layers.len(), 70);
        // method.md 5: 31 MB a step for 77 tokens at 1024 px, 10 layers of 64 x 64 and 60 of 32 x 32.
        let patches: usize = patches(&layers, Grid::new(128, 128)).sum();
        assert_eq!(patches, 10 * 64 * 64 + 60 * 32 * 32);
        let memory = TextMemory::of(&layers, 2048, Grid::new(128, 128));
        let maps = (patches * CHUNK_TOKENS) as u64 * FLOAT_BYTES;
        assert!(memory.bytes(1) > 4 * maps && memory.bytes(1) < 5 * maps, "{}", memory.bytes(1));
        assert_eq!(memory.bytes(3), 3 * memory.bytes(1));
        // A UNet whose layers are named otherwise.
        let odd = ["attn2".to_owned()];
        assert_eq!(super::patches(&odd, Grid::new(4, 6)).collect::<Vec<_>>(), [24]);
    }

    /// 20 KB of text at 1024 x 1024 took 2 GB of maps a step, and was killed.
    #[test]
    fn what_does_not_fit_is_refused_with_what_would() {
        fn check(chunks: usize, available_bytes: u64, expected: &[&str]) {
            let memory = TextMemory::of(&sdxl(), 2048, Grid::new(128, 128));
            let refused = memory.require(chunks, available_bytes).map_err(|error| error.to_string());
            match expected {
                [] => assert_eq!(refused, Ok(())),
                words => {
                    let message = refused.unwrap_err();
                    assert!(words.iter().all(|word| message.contains(word)), "{message}");
                }
            }
        }
        const GB: u64 = 1_000_000_000;
        check(1, GB, &[]);
        check(67, 16 * GB, &[]);
        // The system does not say.
        check(67, 0, &[]);
        let words = ["5025 tokens", "1024 x 1024", "4.0 GB are free", "Shorten it to", "or choose a size of"];
        check(67, 4 * GB, &words);
        check(1, 12_000_000, &["75 tokens", "12.0 MB are free", "Choose a size of"]);
        check(1, 1000, &["Close other programs"]);
    }

    #[test]
    fn what_is_advised_fits() {
        let layers = sdxl();
        let available = 3_000_000_000;
        let memory =
            |side: usize| TextMemory::of(&layers, 2048, Grid::new(side / VAE_FACTOR, side / VAE_FACTOR));
        let message = memory(1024).require(40, available).unwrap_err().to_string();
        let number_after = |words: &str| {
            let rest = message.split(words).nth(1).unwrap().trim_start();
            rest.split(' ').next().unwrap().parse::<usize>().unwrap()
        };
        let (tokens, side) = (number_after("Shorten it to"), number_after("size of"));
        assert!(memory(1024).require(tokens / CONTENT_TOKENS, available).is_ok(), "{message}");
        assert!(memory(side).require(40, available).is_ok(), "{message}");
    }
}
