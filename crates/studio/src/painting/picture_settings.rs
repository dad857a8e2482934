//! Settings read from a picture file: ours are complete, those of other programs only as far as their `parameters`
//! go.

use std::path::Path;

use super::{Recipe, from_the_seed};
use crate::export::{Parameters, read_metadata};
use tauscope_core::{
    diffusion::{Settings, scheduler::Sampler},
    error::{Error, Result},
};

/// Settings read from a picture file.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureSettings {
    /// What to paint.
    pub settings: Settings,
    /// Whether they paint the same picture. A branch's do not if its parent had another seed, prompt or guidance.
    pub is_whole: bool,
}

/// Reads the settings that a PNG file carries.
///
/// # Errors
/// [`Error::File`] or [`Error::Input`] if it cannot be read, carries none, or carries some that cannot be painted.
pub fn settings_of_picture(path: &Path) -> Result<PictureSettings> {
    let metadata = read_metadata(path)?;
    let ours = metadata.settings.map(serde_json::from_value::<Recipe>).transpose().map_err(|error| {
        Error::input(
            format!("{} carries settings of Tauscope that cannot be used ({error}).", path.display()),
            "Choose another picture: this one was changed, or made by a newer Tauscope.",
        )
    })?;
    let (settings, is_whole) = match (ours, metadata.parameters) {
        (Some(recipe), _) => match from_the_seed(&recipe.settings, recipe.branch.as_deref()) {
            Some(settings) => (settings, true),
            None => (recipe.settings, false),
        },
        (None, Some(text)) => (of_parameters(Parameters::parse(&text)), true),
        (None, None) => {
            return Err(Error::input(
                format!("{} carries no settings.", path.display()),
                "Choose a PNG file that Tauscope or a similar program saved with its settings.",
            ));
        }
    };
    settings.validate()?;
    Ok(PictureSettings { settings, is_whole })
}

/// What another program's text omits or names differently keeps its default.
fn of_parameters(parameters: Parameters) -> Settings {
    let usual = Settings::default();
    let (width, height) = parameters
        .size
        .map_or((usual.width, usual.height), |(width, height)| (width as usize, height as usize));
    let named = (parameters.sampler.as_deref(), parameters.schedule.as_deref().unwrap_or("Normal"));
    let is_named = |sampler: &Sampler| (Some(sampler.a1111().0), sampler.a1111().1) == named;
    Settings {
        prompt: parameters.prompt,
        negative_prompt: Some(parameters.negative).filter(|text| !text.is_empty()),
        width,
        height,
        steps: parameters.steps.map_or(usual.steps, |steps| steps as usize),
        guidance_scale: parameters.guidance_scale.unwrap_or(usual.guidance_scale),
        seed: parameters.seed.unwrap_or(usual.seed),
        sampler: Sampler::ALL.into_iter().find(is_named).unwrap_or_default(),
        ..usual
    }
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;
    use crate::{
        export::{Metadata, write_image},
        painting::BranchedFrom,
    };
    use tauscope_core::{
        attention::Control,
        diffusion::{Change, Steer},
    };

    #[test]
    fn settings_come_back_from_a_picture() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture.png");
        let check = |metadata: &Metadata, expected: Result<&Settings, &str>| {
            write_image(&path, &RgbImage::new(2, 2), metadata).unwrap();
            match (settings_of_picture(&path), expected) {
                (Ok(found), Ok(expected)) => assert_eq!((&found.settings, found.is_whole), (expected, true)),
                (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}"),
                (found, expected) => panic!("{found:?}, not {expected:?}"),
            }
        };
        let settings =
            Settings { prompt: "a cat".into(), width: 320, height: 192, seed: 7, ..Settings::default() };
        let recipe = Recipe {
            settings: settings.clone(),
            model: "Scenes".into(),
            model_fingerprint: None,
            noise: None,
            onnx_runtime: "1".into(),
            device: "CPU".into(),
            simd: "AVX2".into(),
            tauscope: "0".into(),
            branch: None,
        };
        check(&recipe.metadata(), Ok(&settings));
        let steer = Steer { control: Control::our_reading(), ..Steer::default() };
        let from = |settings: &Settings| {
            let settings = settings.clone();
            Some(Box::new(BranchedFrom { settings, step: 9, branch: None }))
        };
        let steered = Settings { control: steer.control.clone(), ..settings.clone() };
        let branch = Recipe { settings: steered.clone(), branch: from(&settings), ..recipe };
        let replayed = Settings { changes: vec![Change { step: 9, steer }], ..settings.clone() };
        check(&branch.metadata(), Ok(&replayed));
        let other_seed = Recipe { branch: from(&Settings { seed: 8, ..settings }), ..branch.clone() };
        write_image(&path, &RgbImage::new(2, 2), &other_seed.metadata()).unwrap();
        assert_eq!(
            settings_of_picture(&path).unwrap(),
            PictureSettings { settings: steered, is_whole: false }
        );
        let theirs = |text: &str| Metadata { parameters: Some(text.to_owned()), settings: None };
        check(
            &theirs(
                "a cat\nNegative prompt: dog\nSteps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 5, Size: 512x768",
            ),
            Ok(&Settings {
                prompt: "a cat".into(),
                negative_prompt: Some("dog".into()),
                width: 512,
                height: 768,
                steps: 20,
                guidance_scale: 7.0,
                seed: 5,
                sampler: Sampler::DpmPlusPlus2MKarras,
                ..Settings::default()
            }),
        );
        check(&theirs("a cat\nSteps: 20, Sampler: Euler, Seed: 5, Size: 500x500"), Err("500 pixels"));
        check(&Metadata::default(), Err("carries no settings"));
        let mut endless = branch.metadata();
        endless.settings.as_mut().unwrap()["settings"]["steps"] = 1_000_000_000_000_u64.into();
        check(&endless, Err("1000000000000 steps"));
        let mut endless = branch.metadata();
        endless.settings.as_mut().unwrap()["branch"]["settings"]["steps"] = 1_000_000_000_000_u64.into();
        check(&endless, Err("1000000000000 steps"));
    }
}
