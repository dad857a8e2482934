//! The model folder as a whole.

use std::path::Path;

use super::{
    FileStamps, Files, FixedSize, MOST_LATENTS, SchedulerConfig, TextEncoder, TokenizerFiles, Unet, Vae,
    Words, advice,
    configs::{self, ModelIndex, TextEncoderConfig, UnetConfig, VaeConfig},
    embedded,
    fingerprint::{Fingerprint, Hasher},
    locate,
    ports::Ports,
};
use crate::{Error, Result};

/// Pixels per latent and side.
const PIXELS_PER_LATENT: usize = 8;
/// SDXL's `sample_size`, for folders that do not give one.
const SDXL_SAMPLE_SIZE: usize = 128;
/// Configurations that change how a model paints, so they are part of its fingerprint.
const CONFIGURATIONS: [&str; 5] = [
    "model_index.json",
    "scheduler/scheduler_config.json",
    "text_encoder/config.json",
    "text_encoder_2/config.json",
    "vae_decoder/config.json",
];

/// A checked model: its graphs have SDXL's inputs and outputs and fit each other.
#[derive(Clone, Debug)]
pub struct ModelFolder {
    /// Where its files come from.
    pub files: Files,
    /// What its graphs and weights looked like when they were checked.
    pub stamps: FileStamps,
    /// Its name for people.
    pub name: String,
    /// Identifies the model by its content.
    pub fingerprint: Fingerprint,
    /// The denoiser.
    pub unet: Unet,
    /// Both text encoders.
    pub text_encoders: [TextEncoder; 2],
    /// The decoder.
    pub vae: Vae,
    /// Both tokenizers.
    pub tokenizers: [TokenizerFiles; 2],
    /// Its noise schedule.
    pub scheduler: SchedulerConfig,
    /// The side of the square pictures that it was trained on, in pixels.
    pub native_size: usize,
    /// The sizes that it can paint, if not all.
    pub fixed_size: FixedSize,
    /// Whether an empty negative prompt is zeros instead of the encoded empty text.
    pub zeros_for_empty_prompt: bool,
    /// The words that it was trained on, if it has a list of them.
    pub words: Option<Words>,
}

impl ModelFolder {
    /// Opens and checks a folder. Reads graphs and configurations, and of the weights only what the fingerprint needs.
    ///
    /// # Errors
    /// [`crate::Error::Model`] and [`crate::Error::Graph`] if it is not a usable SDXL model, [`crate::Error::File`] if a
    /// file cannot be read.
    pub fn open(path: &Path) -> Result<Self> {
        let (folder, name) = locate::locate(path)?;
        Self::check(Files::Folder(folder), name)
    }

    /// The model that is built into the program.
    ///
    /// # Errors
    /// As [`Self::open`], but only in a broken build.
    pub fn embedded() -> Result<Self> {
        Self::check(Files::Embedded, embedded::NAME.into())
    }

    /// Bytes of all weights, as stored.
    pub fn weight_bytes(&self) -> u64 {
        let [first, second] = &self.text_encoders;
        [self.unet.weight_bytes, self.vae.weight_bytes, first.weight_bytes, second.weight_bytes]
            .into_iter()
            .fold(0, u64::saturating_add)
    }

    /// Bytes of all weights in single precision.
    pub fn single_bytes(&self) -> u64 {
        let [first, second] = &self.text_encoders;
        [self.unet.single_bytes, self.vae.single_bytes, first.single_bytes, second.single_bytes]
            .into_iter()
            .fold(0, u64::saturating_add)
    }

    /// Checks that the graphs can paint `width` x `height` pixels.
    ///
    /// # Errors
    /// [`Error::Input`] with a size that they can paint.
    pub fn check_size(&self, width: usize, height: usize) -> Result<()> {
        if self.fixed_size.takes((width, height)) {
            return Ok(());
        }
        let (nearest_width, nearest_height) = self.fixed_size.applied_to((width, height));
        Err(Error::input(
            format!(
                "{} was exported for pictures that are {}, and {width} x {height} px cannot be painted.",
                self.name, self.fixed_size
            ),
            format!(
                "Choose {nearest_width} x {nearest_height}, or export the model again without fixed shapes (optimum's \
                 --no-dynamic-axes)."
            ),
        ))
    }

    fn check(files: Files, name: String) -> Result<Self> {
        let index: ModelIndex = configs::read_if_there(&files, "model_index.json")?.unwrap_or_default();
        advice::check_kind(&files, &index)?;
        let mut hasher = Hasher::default();
        let mut stamps = FileStamps::default();
        let mut ports = |file: &str| {
            advice::require(&files, file)?;
            stamps.note(&files, file);
            let ports = Ports::open(&files, file.to_owned())?;
            ports.weight_files.iter().for_each(|file| stamps.note(&files, file));
            hasher.graph(&files, file, &ports.weight_files)?;
            Ok::<_, Error>(ports)
        };
        let unet = Unet::of(ports(Unet::FILE)?)?;
        let mut encoder = |folder: &str, pools| {
            let ports = ports(&format!("{folder}/model.onnx"))?;
            let config =
                configs::read_if_there::<TextEncoderConfig>(&files, &format!("{folder}/config.json"))?;
            TextEncoder::of(ports, &config.unwrap_or_default(), pools)
        };
        let text_encoders = [encoder("text_encoder", false)?, encoder("text_encoder_2", true)?];
        check_widths(&files, &unet, &text_encoders)?;
        let vae_config = match configs::read_if_there::<VaeConfig>(&files, "vae_decoder/config.json")? {
            Some(config) => config,
            None => configs::read_if_there(&files, "vae/config.json")?.unwrap_or_default(),
        };
        let vae = Vae::of(ports(Vae::FILE)?, vae_config)?;
        // A decoder with a fixed size is tiled, so only the UNet fixes the picture's size.
        let pixels = |side: usize| side.saturating_mul(PIXELS_PER_LATENT);
        let fixed_size = FixedSize { width: unet.latent.1.map(pixels), height: unet.latent.0.map(pixels) };
        let scheduler = SchedulerConfig::open(&files)?;
        if scheduler.edm().is_some() || scheduler.has_continuous_timesteps() {
            unet.expect_fractional_timesteps(&files)?;
        }
        let unet_config: UnetConfig = configs::read_if_there(&files, "unet/config.json")?.unwrap_or_default();
        let sample_size = unet_config.sample_size.map_or(SDXL_SAMPLE_SIZE, usize::from);
        if sample_size > MOST_LATENTS {
            return Err(Error::model(
                files.root(),
                format!(
                    "unet/config.json has a sample_size of {sample_size}, and {MOST_LATENTS} is the most."
                ),
                "Correct the file, or export the model again.",
            ));
        }
        let tokenizers =
            [TokenizerFiles::open(&files, "tokenizer")?, TokenizerFiles::open(&files, "tokenizer_2")?];
        for (folder, tokenizer) in ["tokenizer", "tokenizer_2"].into_iter().zip(&tokenizers) {
            hasher.tokenizer(folder, tokenizer);
        }
        for file in CONFIGURATIONS {
            hasher.configuration(&files, file)?;
        }
        stamps.check(&files)?;
        Ok(Self {
            name,
            fingerprint: hasher.finish(),
            unet,
            text_encoders,
            vae,
            tokenizers,
            scheduler,
            fixed_size,
            native_size: sample_size * PIXELS_PER_LATENT,
            zeros_for_empty_prompt: index.force_zeros_for_empty_prompt,
            words: Words::open(&files)?,
            files,
            stamps,
        })
    }
}

/// Checks that the text encoders' hidden states, concatenated, fit the UNet's context, and that encoder 2's pooled output
/// fits the UNet's `text_embeds`.
fn check_widths(files: &Files, unet: &Unet, encoders: &[TextEncoder; 2]) -> Result<()> {
    let [first, second] = encoders;
    let fault = |problem: String| {
        let remedy = "The graphs are of different models: download or export all of them again.";
        Err(Error::model(files.root(), problem, remedy))
    };
    if first.width.saturating_add(second.width) != unet.context_width {
        return fault(format!(
            "The text encoders give {} + {} numbers for each token and the UNet takes {}.",
            first.width, second.width, unet.context_width
        ));
    }
    match second.pooled_width {
        Some(width) if width != unet.pooled_width => fault(format!(
            "Text encoder 2 gives a pooled prompt {width} wide and the UNet takes {}.",
            unet.pooled_width
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tauscope_onnx::DType;

    #[test]
    fn the_embedded_model_is_what_model_md_says() {
        let model = ModelFolder::embedded().unwrap();
        assert_eq!(model.name, "Scenes");
        assert_eq!((model.unet.context_width, model.unet.pooled_width), (256, 128));
        assert_eq!((model.unet.sequence_length, model.unet.batch), (None, None));
        assert!(model.fixed_size.is_free());
        assert_eq!(model.unet.guidance_width, None);
        for encoder in &model.text_encoders {
            assert_eq!(encoder.hidden_output, "hidden_states.2");
            assert_eq!((encoder.ids.dtype, encoder.width), (DType::I64, 128));
        }
        assert_eq!(model.text_encoders[1].pooled_output.as_deref(), Some("text_embeds"));
        assert_eq!((model.vae.scaling_factor, model.native_size), (1.0, 256));
        assert_eq!(model.tokenizers.each_ref().map(|files| files.pad.as_str()), ["<|endoftext|>", "!"]);
        let missing = model.scheduler.missing.clone();
        assert_eq!(model.scheduler, SchedulerConfig { missing, ..SchedulerConfig::default() });
        assert!(!model.zeros_for_empty_prompt && model.words.is_some());
    }

    #[test]
    fn a_folder_and_the_embedded_model_are_read_alike() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/scenes");
        let (model, embedded) = (ModelFolder::open(&folder).unwrap(), ModelFolder::embedded().unwrap());
        assert_eq!(model.name, "scenes");
        assert_eq!((&model.unet, &model.vae), (&embedded.unet, &embedded.vae));
        assert_eq!(model.weight_bytes(), embedded.weight_bytes());
        assert_eq!(model.fingerprint, embedded.fingerprint);
        assert_eq!(model.files.read(Unet::FILE).unwrap(), embedded.files.read(Unet::FILE).unwrap());
        assert!(model.files.path(Unet::FILE).unwrap().is_absolute());
        assert_eq!(embedded.files.path(Unet::FILE), None);
    }
}
