//! The four graphs of a model, with checked inputs and outputs.

use std::collections::BTreeSet;

use super::{
    Files,
    advice::CHOOSE_SDXL,
    configs::{TextEncoderConfig, VaeConfig},
    ports::{EXPORT_AGAIN, Ports, fixed},
};
use crate::{Error, Result};
use tauscope_onnx::{DType, Port, Signature};

/// The denoiser.
#[derive(Clone, Debug, PartialEq)]
pub struct Unet {
    /// Path in the model's files.
    pub file: String,
    /// Its inputs and outputs.
    pub signature: Signature,
    /// Width of `encoder_hidden_states`.
    pub context_width: usize,
    /// Width of `text_embeds`.
    pub pooled_width: usize,
    /// Number of tokens of a prompt, if the graph was exported for one number only.
    pub sequence_length: Option<usize>,
    /// Height and width of the latents, each set if the graph was exported for that length only.
    pub latent: (Option<usize>, Option<usize>),
    /// Bytes of its weights, as stored.
    pub weight_bytes: u64,
    /// Bytes of the same in single precision, which the CPU computes in.
    pub single_bytes: u64,
    /// Rows of a batch, if the graph was exported for one number only.
    pub batch: Option<usize>,
    /// Width of `timestep_cond`, the embedded guidance scale, if the model takes one.
    pub guidance_width: Option<usize>,
}

/// One of the two text encoders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextEncoder {
    /// Path in the model's files.
    pub file: String,
    /// The input `input_ids`, of type [`DType::I32`] or [`DType::I64`].
    pub ids: Port,
    /// The output with the penultimate hidden states, which SDXL uses.
    pub hidden_output: String,
    /// The output with the projected, pooled prompt; only encoder 2 has it.
    pub pooled_output: Option<String>,
    /// Width of the hidden states.
    pub width: usize,
    /// Width of the pooled prompt, if the graph or its configuration gives it.
    pub pooled_width: Option<usize>,
    /// Bytes of its weights, as stored.
    pub weight_bytes: u64,
    /// Bytes of the same in single precision, which the CPU computes in.
    pub single_bytes: u64,
}

/// The decoder from latents to pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct Vae {
    /// Path in the model's files.
    pub file: String,
    /// Its inputs and outputs.
    pub signature: Signature,
    /// Height and width of the latents, each set if the graph was exported for that length only.
    pub latent: (Option<usize>, Option<usize>),
    /// Latents are divided by it before they are decoded.
    pub scaling_factor: f64,
    /// Mean of each latent channel, if the VAE has them.
    pub latents_mean: Option<Vec<f64>>,
    /// Standard deviation of each latent channel, if the VAE has them.
    pub latents_std: Option<Vec<f64>>,
    /// Bytes of its weights, as stored.
    pub weight_bytes: u64,
    /// Bytes of the same in single precision, which the CPU computes in.
    pub single_bytes: u64,
}

const FLOATS: &[DType] = &[DType::F32, DType::F16];
/// Tokens of a prompt, start and end included.
const TOKENS: usize = 77;

impl Unet {
    pub(super) const FILE: &str = "unet/model.onnx";

    pub(super) fn of(ports: Ports) -> Result<Self> {
        const NUMBERS: &[DType] = &[DType::F32, DType::F16, DType::F64, DType::I64, DType::I32];
        let rank_of_timestep = ports.signature.input("timestep").map_or(0, |port| port.shape.len().min(1));
        refuse_other_kinds(&ports)?;
        let sample = ports.input("sample", FLOATS, 4)?;
        ports.expect(sample, 1, 4, "channels")?;
        ports.input("timestep", NUMBERS, rank_of_timestep)?;
        let context = ports.input("encoder_hidden_states", FLOATS, 3)?;
        let pooled = ports.input("text_embeds", FLOATS, 2)?;
        let time_ids = ports.input("time_ids", FLOATS, 2)?;
        ports.expect(time_ids, 1, 6, "numbers")?;
        ports.output("out_sample", FLOATS, 4)?;
        const GUIDANCE: &str = "timestep_cond";
        ports.takes_only(&[
            "sample",
            "timestep",
            GUIDANCE,
            "encoder_hidden_states",
            "text_embeds",
            "time_ids",
        ])?;
        let takes_guidance = ports.signature.input(GUIDANCE).is_some();
        let guidance = takes_guidance.then(|| ports.input(GUIDANCE, FLOATS, 2)).transpose()?;
        ports.expect(context, 1, TOKENS, "tokens")?;
        Ok(Self {
            context_width: ports.fixed(context, 2, "width")?,
            pooled_width: ports.fixed(pooled, 1, "width")?,
            sequence_length: fixed(context, 1),
            latent: (ports.latents(sample, 2)?, ports.latents(sample, 3)?),
            weight_bytes: ports.weight_bytes,
            single_bytes: ports.single_bytes,
            batch: fixed(sample, 0),
            guidance_width: guidance.map(|port| ports.fixed(port, 1, "width")).transpose()?,
            file: ports.file,
            signature: ports.signature,
        })
    }

    /// Checks that the graph takes fractional timesteps.
    ///
    /// # Errors
    /// [`Error::Graph`].
    pub(super) fn expect_fractional_timesteps(&self, files: &Files) -> Result<()> {
        let is_whole = |port: &Port| matches!(port.dtype, DType::I64 | DType::I32);
        if self.signature.input("timestep").is_some_and(is_whole) {
            return Err(Error::graph(
                files.at(&self.file).display().to_string(),
                format!(
                    "its timesteps are whole numbers, and those of its scheduler are not. {EXPORT_AGAIN}"
                ),
            ));
        }
        Ok(())
    }
}

impl TextEncoder {
    /// `pools` says whether the graph must have the output `text_embeds`.
    pub(super) fn of(ports: Ports, config: &TextEncoderConfig, pools: bool) -> Result<Self> {
        let ids = ports.input("input_ids", &[DType::I64, DType::I32], 2)?;
        ports.expect(ids, 1, TOKENS, "tokens")?;
        ports.takes_only(&["input_ids"])?;
        let hidden_output = penultimate(&ports.signature, config.num_hidden_layers)
            .ok_or_else(|| ports.fault(
                "it does not give the hidden states before its last layer, which SDXL needs. Export the model again with `--task text-to-image`.",
            ))?;
        let hidden = ports.output(&hidden_output, FLOATS, 3)?;
        let pooled_output = pools.then(|| ports.output("text_embeds", FLOATS, 2)).transpose()?;
        Ok(Self {
            ids: ids.clone(),
            width: ports.fixed(hidden, 2, "width")?,
            // optimum wrongly names this dimension "sequence_length"; then the configuration has its length.
            pooled_width: pooled_output.and_then(|port| fixed(port, 1).or(config.projection_dim)),
            pooled_output: pooled_output.map(|port| port.name.clone()),
            hidden_output,
            weight_bytes: ports.weight_bytes,
            single_bytes: ports.single_bytes,
            file: ports.file,
        })
    }
}

impl Vae {
    pub(super) const FILE: &str = "vae_decoder/model.onnx";

    pub(super) fn of(ports: Ports, config: VaeConfig) -> Result<Self> {
        let latents = ports.input("latent_sample", FLOATS, 4)?;
        ports.expect(latents, 1, 4, "channels")?;
        ports.takes_only(&["latent_sample"])?;
        let latent = (ports.latents(latents, 2)?, ports.latents(latents, 3)?);
        let picture = ports.output("sample", FLOATS, 4)?;
        ports.expect(picture, 1, 3, "channels")?;
        let are_channels =
            |values: &Vec<f64>| values.len() == 4 && values.iter().all(|value| value.is_finite());
        let channels_fit = |values: &Option<Vec<f64>>| values.as_ref().is_none_or(are_channels);
        let both_or_none = config.latents_mean.is_some() == config.latents_std.is_some();
        if !both_or_none || !channels_fit(&config.latents_mean) || !channels_fit(&config.latents_std) {
            return Err(ports.fault(
                "latents_mean and latents_std in its config.json must have four numbers each. Correct the file.",
            ));
        }
        let scaling_factor = config.scaling_factor.unwrap_or(Self::SDXL_SCALING_FACTOR);
        if !scaling_factor.is_normal() {
            return Err(ports.fault(
                "scaling_factor in its config.json must be a number other than 0. Correct the file.",
            ));
        }
        Ok(Self {
            latent,
            scaling_factor,
            latents_mean: config.latents_mean,
            latents_std: config.latents_std,
            weight_bytes: ports.weight_bytes,
            single_bytes: ports.single_bytes,
            file: ports.file,
            signature: ports.signature,
        })
    }

    /// SDXL's, for folders that do not give one.
    const SDXL_SCALING_FACTOR: f64 = 0.13025;
}

/// Refuses UNets of other models, recognised by their inputs.
fn refuse_other_kinds(ports: &Ports) -> Result<()> {
    let port = |name| ports.signature.input(name);
    let kind = match (port("encoder_hidden_states").map(|context| fixed(context, 2)), port("text_embeds")) {
        (Some(Some(768)), None) => "it belongs to Stable Diffusion 1, not SDXL.",
        (Some(Some(1024)), None) => "it belongs to Stable Diffusion 2, not SDXL.",
        (Some(_), None) => "it takes no pooled prompt (`text_embeds`), so it is not SDXL.",
        _ if port("time_ids").and_then(|port| fixed(port, 1)) == Some(5) => {
            "it belongs to the SDXL refiner, which only refines pictures of another model."
        }
        _ => return Ok(()),
    };
    Err(ports.fault(format!("{kind} {CHOOSE_SDXL}")))
}

/// The output with the penultimate hidden states. `hidden_states.N` counts from the embeddings (0) to the states
/// after the last layer. Some exports have only a few of them; if the number of layers is unknown, the last two must exist.
fn penultimate(signature: &Signature, layers: Option<usize>) -> Option<String> {
    let number = |port: &Port| port.name.strip_prefix("hidden_states.")?.parse::<usize>().ok();
    let numbers: BTreeSet<_> = signature.outputs.iter().filter_map(number).collect();
    let wanted = layers.or(numbers.last().copied())?.checked_sub(1)?;
    numbers.contains(&wanted).then(|| format!("hidden_states.{wanted}"))
}
