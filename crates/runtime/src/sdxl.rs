//! A model folder loaded into sessions: the [`Components`] that the text-to-image loop calls.

use ndarray::{Array3, ArrayView4};

use super::{
    Keep, LowMemory, Memory, MemoryPlan, Runtime, SessionOptions, decoder::Decoder, heap::GiveBack,
    session_loader::SessionLoader, text_encoders::TextEncoders, text_memory::TextMemory,
    unet::InterceptedUnet,
};
use tauscope_core::{
    CancelToken,
    attention::Grid,
    diffusion::{Components, Prediction, Progress, TextEmbedding, UnetInput},
    error::Result,
    model::{FileStamps, Files, ModelFolder},
};

/// The sessions of a model, its UNet intercepted.
#[derive(Debug)]
pub struct Sdxl {
    text_encoders: TextEncoders,
    unet: InterceptedUnet,
    vae: Decoder,
    source: Source,
    plan: MemoryPlan,
    _freed: GiveBack,
}

/// What sessions are made of, kept for those that are made later or again.
#[derive(Debug)]
struct Source {
    runtime: Runtime,
    files: Files,
    stamps: FileStamps,
    options: SessionOptions,
}

impl Source {
    fn loader<'a>(&'a self, cancel: &'a CancelToken) -> SessionLoader<'a> {
        let Self { runtime, files, stamps, options } = self;
        SessionLoader { runtime, files, stamps, options, cancel }
    }
}

impl Sdxl {
    /// Loads the UNet of `folder`, and the other parts if there is enough memory for all; else these are loaded when they
    /// are needed. `report` gets the stage and the share of the whole that is done.
    ///
    /// # Errors
    /// [`Error::Graph`](tauscope_core::Error::Graph) where the UNet cannot be intercepted,
    /// [`Error::Runtime`](tauscope_core::Error::Runtime) where ONNX Runtime refuses a part,
    /// [`Error::Cancelled`](tauscope_core::Error::Cancelled).
    pub fn load(
        runtime: &Runtime,
        folder: &ModelFolder,
        options: &SessionOptions,
        report: &mut dyn FnMut(&str, f32),
        cancel: &CancelToken,
    ) -> Result<Self> {
        let plan = MemoryPlan::of(folder, options.low_memory, Memory::now().available_bytes);
        let (runtime, files, stamps) = (runtime.clone(), folder.files.clone(), folder.stamps.clone());
        let source = Source { runtime, files, stamps, options: plan.small_parts(options) };
        let loader = source.loader(cancel);
        let mut text_encoders = TextEncoders::new(&folder.text_encoders);
        let mut vae = Decoder::new(folder.vae.clone());
        if plan.keep == Keep::Loaded {
            report("Loading the text encoders", 0.0);
            text_encoders.load(&loader)?;
        }
        report("Loading the UNet", 0.15);
        let unet_loader = SessionLoader { options: &plan.unet(options), ..loader };
        let unet = InterceptedUnet::load(&unet_loader, &folder.unet)?;
        if plan.keep == Keep::Loaded {
            report("Loading the VAE", 0.85);
            vae.load(&source.loader(cancel))?;
        }
        Ok(Self { text_encoders, unet, vae, source, plan, _freed: GiveBack })
    }

    /// What is kept in memory.
    pub fn memory_plan(&self) -> &MemoryPlan {
        &self.plan
    }

    /// Checks that there is memory for so many chunks of text at this size of latents. If there is not, text encoders and
    /// VAE are freed from now on whenever the UNet runs, unless that was ruled out.
    ///
    /// # Errors
    /// [`Error::Input`](tauscope_core::Error::Input) with how many tokens and which size would fit.
    pub fn require_memory(&mut self, chunks: usize, latent: Grid) -> Result<()> {
        let (layers, width) = (self.unet.cross_attention_layers(), self.unet.context_width());
        let needed = TextMemory::of(layers, width, latent);
        let fits = needed.require(chunks, Memory::now().available_bytes);
        let may_free = self.plan.keep == Keep::Loaded && self.source.options.low_memory != LowMemory::Off;
        if fits.is_ok() || !may_free {
            return fits;
        }
        self.plan.keep = Keep::Released;
        self.free_small_parts();
        needed.require(chunks, Memory::now().available_bytes)
    }

    fn free_small_parts(&mut self) {
        self.text_encoders.release();
        self.vae.release();
    }
}

impl Components for Sdxl {
    fn cross_attention_layers(&self) -> &[String] {
        self.unet.cross_attention_layers()
    }

    fn self_attention_layers(&self) -> &[String] {
        self.unet.self_attention_layers()
    }

    fn takes_guidance(&self) -> bool {
        self.unet.takes_guidance()
    }

    fn encode_text(&mut self, chunks: &[[Vec<i64>; 2]], cancel: &CancelToken) -> Result<TextEmbedding> {
        self.text_encoders.encode(&self.source.loader(cancel), chunks)
    }

    fn predict(&mut self, input: &UnetInput<'_>, cancel: &CancelToken) -> Result<Prediction> {
        if self.plan.keep == Keep::Released {
            self.free_small_parts();
        }
        self.unet.predict(input, cancel)
    }

    fn decode(
        &mut self,
        latents: ArrayView4<'_, f32>,
        report: &mut dyn FnMut(Progress),
        cancel: &CancelToken,
    ) -> Result<Array3<f32>> {
        self.vae.decode(&self.source.loader(cancel), latents, report)
    }

    fn widen_decoder(&mut self, cancel: &CancelToken) -> Result<bool> {
        self.vae.widen(&self.source.loader(cancel))
    }
}
