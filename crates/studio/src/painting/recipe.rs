//! What a picture stores so that it can be painted again.

use serde::{Deserialize, Serialize};

use super::{BranchedFrom, ModelInfo, Painting, branch::steer_at};
use crate::export::{Metadata, Parameters};
use tauscope_core::{
    diffusion::{GENERATOR, Settings, Steer},
    model::Fingerprint,
};

/// Everything that determines a picture, and what it was made with. The same recipe on the same machine, library and
/// number of threads gives the same picture bit for bit; elsewhere within 2/255.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// The requested settings, with the changes made while it was painted.
    pub settings: Settings,
    /// The painting that it continued, if it did not start from noise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<Box<BranchedFrom>>,
    /// The model's display name.
    pub model: String,
    /// Which model of that name; earlier versions did not store it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_fingerprint: Option<Fingerprint>,
    /// The generator of the noise; `None` where the noise was given as a file.
    pub noise: Option<String>,
    /// ONNX Runtime's version.
    pub onnx_runtime: String,
    /// The device that it ran on, with the number of threads.
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
            model_fingerprint: Some(model.fingerprint),
            noise: (!given_noise).then(|| GENERATOR.to_owned()),
            onnx_runtime: model.runtime_version.clone(),
            device: model.device.clone(),
            simd: model.simd.clone(),
            tauscope: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// The recipe of a painting of `model`.
    pub fn of(painting: &Painting, model: &ModelInfo) -> Self {
        Self {
            branch: painting.branch.clone(),
            model: painting.model.clone(),
            model_fingerprint: painting.model_fingerprint,
            ..Self::new(&painting.settings, model, false)
        }
    }

    /// The steering at step `step` of the whole timeline.
    pub fn steer_at(&self, step: usize) -> Steer {
        steer_at(&self.settings, self.branch.as_deref(), step)
    }

    /// The metadata of a picture file: our JSON, and the text that other programs read.
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
            entities,
            changes: _,
        } = &self.settings;
        let (sampler, schedule) = sampler.a1111();
        let fields = control.acting().flat_map(|part| part.fields);
        let mut others: Vec<_> =
            fields.filter_map(|field| Some((field.parameter?.to_owned(), field.metadata(control)))).collect();
        if !entities.list.is_empty() {
            others.push(("Entities".to_owned(), entities.to_text(prompt)));
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
            model_hash: self.model_fingerprint.map(Fingerprint::short),
            model: Some(self.model.clone()),
            version: Some(format!("Tauscope {}", self.tauscope)),
            others,
        };
        Metadata {
            parameters: Some(parameters.to_string()),
            settings: serde_json::to_value(self).ok(),
            ..Metadata::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::painting::ModelSource;
    use tauscope_core::{attention::Control, diffusion::Defaults, model::FixedSize, prompt::Entities};

    #[test]
    fn other_programs_can_read_what_steers() {
        fn check(control: Control, entities: &str, expected: &str) {
            let prompt = "a red cat and a blue dog".to_owned();
            let entities = Entities::by_hand(&prompt, entities).unwrap();
            let settings = Settings { prompt, control, entities, ..Settings::default() };
            let model = ModelInfo {
                name: "Scenes".into(),
                fingerprint: Fingerprint::of_text("Scenes"),
                source: ModelSource::Embedded,
                native_size: 256,
                fixed_size: FixedSize::default(),
                defaults: Defaults::default(),
                device: "CPU".into(),
                remark: None,
                runtime_version: "1".into(),
                simd: "AVX2".into(),
                layers: Vec::new(),
            };
            let text = Recipe::new(&settings, &model, false).metadata().parameters.unwrap();
            let hash = Fingerprint::of_text("Scenes").short();
            let after = text.split(&format!("Model hash: {hash}, Model: Scenes")).nth(1).unwrap();
            assert_eq!(after.split(", Version").next().unwrap(), expected);
        }
        check(Control::neutral(), "", "");
        check(
            Control::our_reading(),
            "a red cat;a blue dog",
            ", Tau: 0.7, Tau range: 0-0.4, Mask: 1, Mask reduce: sum, Mask range: 0-1, \
             Mask regions: patches, Weights: \"0:1.3,1:0.7/0:0.7,1:1.3\", Entities: a red cat;a blue dog",
        );
    }
}
