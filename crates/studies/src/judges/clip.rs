//! The CLIP score: how well a picture fits its prompt, by a CLIP that was exported with optimum.

use std::path::Path;

use ndarray::ArrayD;

use super::{
    Judge, Picture, Verdict, card::read_json, fingerprint, pixels::Pixels,
    preprocessor_config::PreprocessorConfig, text::Text,
};
use tauscope_core::{CancelToken, Error, Result};
use tauscope_runtime::{Feed, Network, Runtime, SessionOptions};

/// The longest text that CLIP reads.
const TOKENS: usize = 77;

/// Gives 100 max(cos(image, text), 0).
#[derive(Debug)]
pub struct ClipScore {
    network: Network,
    text: Text,
    pixels: Pixels,
    fingerprint: String,
}

impl ClipScore {
    /// Opens a folder with `model.onnx`, `tokenizer.json` and `preprocessor_config.json`.
    ///
    /// # Errors
    /// [`Error::File`] if one is missing, [`Error::Input`] if one cannot be used, [`Error::Graph`], [`Error::Runtime`],
    /// [`Error::Cancelled`].
    pub fn open(
        runtime: &Runtime,
        folder: &Path,
        options: &SessionOptions,
        cancel: &CancelToken,
    ) -> Result<Self> {
        let [tokenizer, config] =
            ["tokenizer.json", "preprocessor_config.json"].map(|file| folder.join(file));
        let unusable = |problem| {
            Error::input(format!("{} cannot be used: {problem}.", config.display()), "Choose another CLIP.")
        };
        let pixels = read_json::<PreprocessorConfig>(&config)?.pixels().map_err(unusable)?;
        let text = Text::open(&tokenizer, TOKENS, None)?;
        let network = Network::open(runtime, &folder.join("model.onnx"), options, "loading CLIP", cancel)?;
        let files = network.files().iter().chain([&tokenizer, &config]);
        let fingerprint = fingerprint::of_files(files.map(|file| file.as_path()))?;
        Ok(Self { network, text, pixels, fingerprint })
    }
}

impl Judge for ClipScore {
    fn name(&self) -> &str {
        "clip-score"
    }

    fn fingerprint(&self) -> String {
        self.fingerprint.clone()
    }

    fn judge(&mut self, picture: &Picture<'_>, cancel: &CancelToken) -> Result<Verdict> {
        let tokens = self.text.tokens(&picture.prompt.prompt)?;
        let pixels = self.pixels.prepare(picture.image)?;
        let inputs = [
            ("input_ids", Feed::I64(tokens.ids.view().into_dyn())),
            ("attention_mask", Feed::I64(tokens.mask.view().into_dyn())),
            ("pixel_values", Feed::F32(pixels.view().into_dyn())),
        ];
        let outputs = self.network.run(&inputs, "computing the CLIP score", cancel)?;
        let embedding = |name: &str| {
            outputs.get(name).ok_or_else(|| {
                let problem =
                    format!("it has no output {name}. Export it for zero-shot-image-classification.");
                Error::graph("CLIP", problem)
            })
        };
        let cosine = cosine(embedding("image_embeds")?, embedding("text_embeds")?);
        Ok(Verdict::Score(100.0 * cosine.max(0.0)))
    }
}

fn cosine(a: &ArrayD<f32>, b: &ArrayD<f32>) -> f64 {
    let dot = |a: &ArrayD<f32>, b: &ArrayD<f32>| -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}
