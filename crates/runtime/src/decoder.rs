//! The VAE's decoder: a session that is made when it is needed, run in tiles where a picture is large.

use ndarray::{Array3, Array4, ArrayView4, Axis, Ix4};
use ort::session::Session;

use super::{Memory, run, session_loader::SessionLoader, tensor};
use tauscope_core::{
    attention::Grid,
    diffusion::{Notice, Progress, Tiles, VAE_FACTOR},
    error::{Error, Result},
    model::Vae,
};

/// The largest picture that is decoded at once, in pixels: SDXL's own size. Memory grows with the pixels, and in the
/// attention in the middle with their square.
const WHOLE_PIXELS: usize = 1024 * 1024;
/// A tile of a larger picture, in latents: 512 x 512 pixels, the smallest that SDXL's VAE saw in training.
const TILE: usize = 64;

/// The VAE's decoder.
#[derive(Debug)]
pub(super) struct Decoder {
    about: Vae,
    session: Option<Session>,
    /// Whether it computes in single precision, whatever its weights are stored in.
    is_widened: bool,
}

impl Decoder {
    /// Not loaded yet.
    pub(super) fn new(about: Vae) -> Self {
        Self { about, session: None, is_widened: false }
    }

    /// Frees the session; the next call makes it again.
    pub(super) fn release(&mut self) {
        self.session = None;
    }

    /// Computes in single precision from now on; `false` if it did so before.
    ///
    /// # Errors
    /// [`Error::Runtime`] if ONNX Runtime refuses the graph then, [`Error::Cancelled`].
    pub(super) fn widen(&mut self, loader: &SessionLoader<'_>) -> Result<bool> {
        if self.is_widened || loader.graph(&self.about.file, &self.about.file)?.widened().is_none() {
            return Ok(false);
        }
        self.release();
        self.is_widened = true;
        self.load(loader).map_err(|error| {
            let remedy =
                "Replace the folder's VAE by one that is mended for half precision (sdxl-vae-fp16-fix).";
            let problem =
                format!("it overflows in half precision, and fails in single precision: {error} {remedy}");
            if loader.cancel.is_cancelled() { error } else { Error::graph("vae_decoder", problem) }
        })?;
        Ok(true)
    }

    /// Decodes latents [1, 4, h, w] as the UNet knows them to a picture [3, 8h, 8w] in 0..1, with NaN for values that are
    /// not finite.
    ///
    /// # Errors
    /// [`Error::Runtime`], [`Error::Cancelled`].
    pub(super) fn decode(
        &mut self,
        loader: &SessionLoader<'_>,
        latents: ArrayView4<'_, f32>,
        report: &mut dyn FnMut(Progress),
    ) -> Result<Array3<f32>> {
        let (_, _, height, width) = latents.dim();
        let latent = Grid::new(height, width);
        let (tile, notice) = tile(latent, self.about.latent, Memory::now().available_bytes);
        let widened = self.is_widened.then_some(Notice::SinglePrecision);
        notice.into_iter().chain(widened).for_each(|notice| report(Progress::Noticed(notice)));
        let tiles = Tiles::of(latent, tile);
        let scaled = unscaled(&self.about, latents);
        self.load(loader)?;
        let (Some(session), Some(port)) = (&mut self.session, self.about.signature.inputs.first()) else {
            return Err(Error::graph("vae_decoder", "it has no input."));
        };
        let picture = tiles.decode(scaled.view(), |tile, done| {
            report(Progress::Decoding { done, of: tiles.count() });
            let inputs = vec![(port.name.as_str(), tensor::input(port, tile)?)];
            let sample = run(session, inputs, "decoding the picture", loader.cancel, |outputs| {
                tensor::output::<Ix4>(outputs, "sample")
            })?;
            Ok(sample.index_axis_move(Axis(0), 0))
        })?;
        // From -1..1 to 0..1; what overflowed must not be clamped to a colour.
        Ok(picture.mapv_into(|value| match value.is_finite() {
            true => (value / 2.0 + 0.5).clamp(0.0, 1.0),
            false => f32::NAN,
        }))
    }

    /// Makes the session if it is not there.
    ///
    /// # Errors
    /// [`Error::Runtime`] if ONNX Runtime refuses it, [`Error::Cancelled`].
    pub(super) fn load(&mut self, loader: &SessionLoader<'_>) -> Result<()> {
        if self.session.is_none() {
            let mut graph = loader.graph(&self.about.file, &self.about.file)?;
            if self.is_widened {
                graph = graph.clone().widened().unwrap_or(graph);
                self.about.signature = graph.signature();
            }
            graph.unpack();
            self.session = Some(loader.session(graph, &self.about.file, None, "loading the VAE")?);
        }
        Ok(())
    }
}

/// The size of the tiles in which `latent` is decoded, all of it if it fits, and what a person should know of that.
/// `fixed` are the height and width of the graph, where it takes only one.
fn tile(latent: Grid, fixed: (Option<usize>, Option<usize>), available_bytes: u64) -> (Grid, Option<Notice>) {
    if let (Some(height), Some(width)) = fixed {
        return (Grid::new(height, width), None);
    }
    let (free, notice) = free_tile(latent, available_bytes);
    (Grid::new(fixed.0.unwrap_or(free.height), fixed.1.unwrap_or(free.width)), notice)
}

/// [`tile`] for a graph that takes any size.
fn free_tile(latent: Grid, available_bytes: u64) -> (Grid, Option<Notice>) {
    let small = Grid::new(latent.height.min(TILE), latent.width.min(TILE));
    let needed_bytes = decoding_bytes(latent);
    if latent.patches() * VAE_FACTOR * VAE_FACTOR > WHOLE_PIXELS {
        (small, None)
    } else if needed_bytes > available_bytes && available_bytes > 0 && small != latent {
        (small, Some(Notice::TiledForMemory { needed_bytes, available_bytes }))
    } else {
        (latent, None)
    }
}

/// Memory that decoding at once takes at most, for SDXL's VAE in single precision: 4300 to 5900 bytes a pixel were
/// measured at 384 x 384 and 512 x 512. Smaller VAEs take less.
fn decoding_bytes(latent: Grid) -> u64 {
    const BYTES_PER_PIXEL: u64 = 6000;
    let latents = latent.patches() as u64;
    latents * (VAE_FACTOR * VAE_FACTOR) as u64 * BYTES_PER_PIXEL
}

/// Latents as the VAE wants them (diffusers: `latents * std / scaling_factor + mean`).
fn unscaled(about: &Vae, latents: ArrayView4<'_, f32>) -> Array4<f32> {
    let mut scaled = latents.mapv(|value| value / about.scaling_factor as f32);
    if let (Some(mean), Some(std)) = (&about.latents_mean, &about.latents_std) {
        for ((mut channel, mean), std) in scaled.axis_iter_mut(Axis(1)).zip(mean).zip(std) {
            channel.mapv_inplace(|value| value * *std as f32 + *mean as f32);
        }
    }
    scaled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_for_large_pictures_little_memory_and_fixed_sizes() {
        const PLENTY: u64 = 64 << 30;
        fn check(
            latent: (usize, usize),
            fixed: (Option<usize>, Option<usize>),
            free: u64,
            expected: (usize, usize, bool),
        ) {
            let (tile, notice) = tile(Grid::new(latent.0, latent.1), fixed, free);
            assert_eq!((tile.height, tile.width, notice.is_some()), expected, "{latent:?}");
        }
        check((128, 128), (None, None), PLENTY, (128, 128, false));
        check((96, 168), (None, None), PLENTY, (96, 168, false));
        check((136, 128), (None, None), PLENTY, (64, 64, false));
        check((32, 512), (None, None), PLENTY, (32, 512, false));
        check((32, 520), (None, None), PLENTY, (32, 64, false));
        check((128, 128), (None, None), 2 << 30, (64, 64, true));
        check((64, 64), (None, None), 1, (64, 64, false));
        // Where the system does not say what is free.
        check((128, 128), (None, None), 0, (128, 128, false));
        check((128, 96), (Some(64), Some(64)), PLENTY, (64, 64, false));
        check((32, 32), (Some(128), Some(128)), PLENTY, (128, 128, false));
        check((128, 96), (None, Some(64)), PLENTY, (128, 64, false));
        check((256, 128), (Some(128), None), PLENTY, (128, 64, false));
    }
}
