//! The UNet as its exporter wrote it, to compare interception with, in numbers and in time. Only packed inputs of fused
//! attention, which the CPU cannot run, are taken apart, and weights are used as they are stored where the intercepted
//! UNet does so.

use ndarray::{Array, Array2, Array3, Array4, ArrayD, Axis, IxDyn, ShapeBuilder, concatenate};
use ort::session::Session;

use super::{Runtime, SessionOptions, run, session_loader::SessionLoader, tensor, unet_inputs::unet_inputs};
use tauscope_core::{
    CancelToken,
    attention::{Grid, StepControl},
    diffusion::{UnetInput, VAE_FACTOR, initial_noise},
    error::{Error, Result},
    model::{ModelFolder, Unet},
};

/// A session of the untouched UNet.
#[derive(Debug)]
pub struct UntouchedUnet {
    about: Unet,
    session: Session,
}

impl UntouchedUnet {
    /// Loads `folder`'s UNet as it is.
    ///
    /// # Errors
    /// [`Error::Runtime`] where ONNX Runtime refuses it; [`Error::Cancelled`].
    pub fn load(
        runtime: &Runtime,
        folder: &ModelFolder,
        options: &SessionOptions,
        cancel: &CancelToken,
    ) -> Result<Self> {
        let loader = SessionLoader { runtime, files: &folder.files, stamps: &folder.stamps, options, cancel };
        let file = &folder.unet.file;
        let mut graph = loader.stored(loader.graph("unet", file)?);
        graph.unpack();
        let about = Unet { signature: graph.signature(), ..folder.unet.clone() };
        let session = loader.session(graph, file, None, "loading the untouched UNet")?;
        Ok(Self { about, session })
    }

    /// The model's output, [B, 4, h, w]; `input.control` does not reach it.
    ///
    /// # Errors
    /// [`Error::Runtime`], [`Error::Cancelled`].
    pub fn predict(&mut self, input: &UnetInput<'_>, cancel: &CancelToken) -> Result<ArrayD<f32>> {
        let inputs = unet_inputs(&self.about, input)?
            .into_iter()
            .map(|(port, array)| Ok((port.name.clone(), tensor::input(port, array.view())?)))
            .collect::<Result<Vec<_>>>()?;
        run(&mut self.session, inputs, "running the untouched UNet", cancel, |outputs| {
            tensor::output::<IxDyn>(outputs, "out_sample")
        })
    }
}

/// Inputs for one call of a model's UNet: seeded noise everywhere, batch 2 where the graph is not fixed to another,
/// neutral control.
#[derive(Clone, Debug)]
pub struct ProbeInput {
    sample: Array4<f32>,
    context: Array3<f32>,
    pooled: Array2<f32>,
    time_ids: Array2<f32>,
    control: StepControl,
}

impl ProbeInput {
    /// For a picture of `side` x `side` pixels, or whatever size the graph is fixed to.
    ///
    /// # Errors
    /// [`Error::Internal`], which no checked folder causes.
    pub fn new(folder: &ModelFolder, side: usize) -> Result<Self> {
        let unet = &folder.unet;
        let latent = |fixed: Option<usize>| fixed.unwrap_or(side / VAE_FACTOR);
        let (height, width) = (latent(unet.latent.0), latent(unet.latent.1));
        let tokens = unet.sequence_length.unwrap_or(tauscope_core::prompt::CHUNK_TOKENS);
        let rows = unet.batch.unwrap_or(2);
        let one = initial_noise(1, Grid::new(height, width));
        let pixels = [height, width].map(|side| (side * VAE_FACTOR) as f32);
        let ids = [pixels[0], pixels[1], 0.0, 0.0, pixels[0], pixels[1]];
        Ok(Self {
            sample: concatenate(Axis(0), &vec![one.view(); rows]).map_err(misshapen)?,
            context: noise(2, (rows, tokens, unet.context_width))?,
            pooled: noise(3, (rows, unet.pooled_width))?,
            time_ids: Array2::from_shape_fn((rows, ids.len()), |(_, column)| ids[column]),
            control: StepControl::neutral(tokens),
        })
    }

    /// As the UNet takes it, in the middle of the schedule.
    pub fn unet_input(&self) -> UnetInput<'_> {
        UnetInput {
            sample: self.sample.view(),
            timestep: 500.0,
            context: self.context.view(),
            values: None,
            pooled: self.pooled.view(),
            guidance_scale: 1.0,
            time_ids: self.time_ids.view(),
            control: &self.control,
            conditional_row: self.sample.len_of(Axis(0)) - 1,
            patch: None,
        }
    }
}

/// Unit normal values in any shape.
fn noise<Sh: ShapeBuilder + Clone>(seed: u64, shape: Sh) -> Result<Array<f32, Sh::Dim>> {
    let count = Array::<f32, _>::zeros(shape.clone()).len();
    let values = initial_noise(seed, Grid::new(count.div_ceil(4), 1)).into_iter().take(count).collect();
    Array::from_shape_vec(shape, values).map_err(misshapen)
}

fn misshapen(error: ndarray::ShapeError) -> Error {
    Error::Internal(format!("inputs for a probe do not fit together ({error})."))
}
