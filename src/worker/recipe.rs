//! What a picture carries so that it can be painted again.

use serde::{Deserialize, Serialize};

use super::{BranchedFrom, ModelInfo, Painting};
use crate::{
    diffusion::{GENERATOR, Settings},
    export::{Metadata, Parameters},
};

/// Everything that decides a picture, and what it was made with. The same recipe on the same machine, library and
/// number of threads gives the same picture bit for bit; elsewhere within 2/255.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// What was asked for, with what was changed meanwhile.
    pub settings: Settings,
    /// The painting that it went on from, if it did not begin at noise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<Box<BranchedFrom>>,
    /// The model's display name.
    pub model: String,
    /// The generator of the noise; `None` where the noise was given as a file.
    pub noise: Option<String>,
    /// ONNX Runtime's version.
    pub onnx_runtime: String,
    /// Where it ran, with the number of threads.
    pub device: String,
    /// SIMD path of the operators.
    pub simd: String,
    /// Tauscope's version.
    pub tauscope: String,
}

impl Recipe {
    /// The recipe of a run of `settings`; its noise came from the seed or, if `given_noise`, from outside.
    pub fn new(settings: &Settings, model: &ModelInfo, given_noise: bool) -> Self {
        Self {
            settings: settings.clone(),
            branch: None,
            model: model.name.clone(),
            noise: (!given_noise).then(|| GENERATOR.to_owned()),
            onnx_runtime: model.runtime_version.clone(),
            device: model.device.clone(),
            simd: model.simd.clone(),
            tauscope: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// The recipe of a painting of `model`.
    pub fn of(painting: &Painting, model: &ModelInfo) -> Self {
        Self { branch: painting.branch.clone(), ..Self::new(&painting.settings, model, false) }
    }

    /// As a picture carries it: our JSON, and what other programs read.
    pub fn metadata(&self) -> Metadata {
        let Settings {
            prompt,
            negative_prompt,
            width,
            height,
            steps,
            guidance_scale,
            seed,
            sampler,
            control,
            groups: _,
            changes: _,
        } = &self.settings;
        let (sampler, schedule) = sampler.a1111();
        let mut others = Vec::new();
        if control.tau != 1.0 {
            others.push(("Tau".to_owned(), control.tau.to_string()));
            others.push((
                "Tau range".to_owned(),
                format!("{}-{}", control.tau_span.start, control.tau_span.end),
            ));
        }
        let parameters = Parameters {
            prompt: prompt.clone(),
            negative: negative_prompt.clone().unwrap_or_default(),
            steps: u32::try_from(*steps).ok(),
            sampler: Some(sampler.to_owned()),
            schedule: Some(schedule.to_owned()),
            guidance_scale: Some(*guidance_scale),
            seed: Some(*seed),
            size: Some((*width as u32, *height as u32)),
            model: Some(self.model.clone()),
            version: Some(format!("Tauscope {}", self.tauscope)),
            others,
        };
        Metadata { parameters: Some(parameters.to_string()), settings: serde_json::to_value(self).ok() }
    }
}
