//! The embedded model changed into SDXL's relatives: with other inputs and other schedules.

use std::{fs, path::Path};

use serde_json::{Value, json};
use tempfile::TempDir;

pub use crate::ports::with_loras;
use crate::{
    ports::with_inputs,
    scenes,
    tiny_graph::{FLOAT, INT64, PortShape},
};

/// The scheduler's configuration in a model's folder.
pub const SCHEDULER: &str = "scheduler/scheduler_config.json";

/// Playground v2.5's schedule: EDM's noise levels.
pub fn playground() -> Value {
    json!({
        "_class_name": "EDMDPMSolverMultistepScheduler", "num_train_timesteps": 1000, "prediction_type": "epsilon",
        "sigma_min": 0.002, "sigma_max": 80.0, "sigma_data": 0.5, "rho": 7.0, "final_sigmas_type": "zero",
    })
}

/// The embedded model with latents of this shape, the same batch size and 77 tokens in every other input, and integer
/// timesteps.
pub fn fixed_to(sample: [i64; 4]) -> TempDir {
    let folder = scenes();
    let [batch, ..] = sample;
    let (context, pooled, time_ids) = ([batch, 77, 256], [batch, 128], [batch, 6]);
    let unet: [PortShape<'_>; 5] = [
        ("sample", FLOAT, &sample),
        ("timestep", INT64, &[]),
        ("encoder_hidden_states", FLOAT, &context),
        ("text_embeds", FLOAT, &pooled),
        ("time_ids", FLOAT, &time_ids),
    ];
    replace_inputs(folder.path(), "unet", &unet);
    replace_inputs(folder.path(), "vae_decoder", &[("latent_sample", FLOAT, &sample)]);
    for encoder in ["text_encoder", "text_encoder_2"] {
        replace_inputs(folder.path(), encoder, &[("input_ids", INT64, &[batch, 77])]);
    }
    folder
}

/// The embedded model with a UNet that takes the guidance scale as an input, and ignores it.
pub fn distilled() -> TempDir {
    let folder = scenes();
    replace_inputs(folder.path(), "unet", &[("timestep_cond", FLOAT, &[-1, 16])]);
    folder
}

fn replace_inputs(folder: &Path, part: &str, inputs: &[PortShape<'_>]) {
    let file = folder.join(part).join("model.onnx");
    fs::write(&file, with_inputs(&fs::read(&file).unwrap(), inputs)).unwrap();
}
