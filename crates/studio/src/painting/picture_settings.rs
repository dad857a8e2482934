//! Settings read from a picture file: ours are complete, those of other programs only as far as they go.

use std::path::Path;

use super::{ModelInfo, PictureNotice, Recipe, Said, from_the_seed};
use crate::export::{Parameters, read_metadata, sampler_named};
use tauscope_core::{
    attention::Control,
    diffusion::Settings,
    error::{Error, Result},
    prompt::Entities,
};

/// How a picture was made, as its file says.
#[derive(Clone, Debug, PartialEq)]
pub enum SavedSettings {
    /// By us.
    Ours(Box<Recipe>),
    /// By another program.
    Theirs(Box<Parameters>),
}

/// Settings read from a picture file.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureSettings {
    /// What to paint.
    pub settings: Settings,
    /// What the file said and was not taken, or did not say, and why they do not paint the same picture.
    pub notices: Vec<PictureNotice>,
}

impl SavedSettings {
    /// Reads what a PNG file carries.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Input`] if it cannot be read, carries nothing, or settings of ours that cannot be painted.
    pub fn read(path: &Path) -> Result<Self> {
        let metadata = read_metadata(path)?;
        let theirs = metadata.parameters_of_any_program();
        if let Some(ours) = metadata.settings {
            // Reading checks them, so nothing is computed from what cannot be painted.
            let recipe = serde_json::from_value(ours).map_err(|error| {
                Error::input(
                    format!("{} carries settings of Tauscope that cannot be used ({error}).", path.display()),
                    "Choose another picture: this one was changed, or made by a newer Tauscope.",
                )
            })?;
            return Ok(Self::Ours(Box::new(recipe)));
        }
        let theirs = theirs.ok_or_else(|| {
            Error::input(
                format!("{} carries no settings.", path.display()),
                "Choose a PNG file that Tauscope or a similar program saved with its settings.",
            )
        })?;
        Reading::of(&theirs, &Settings::default()).settings.validate()?;
        Ok(Self::Theirs(Box::new(theirs)))
    }

    /// What to paint with `model`. What another program does not say, or says so that it cannot be painted, is taken from
    /// `usual`.
    pub fn settings(&self, usual: &Settings, model: Option<&ModelInfo>) -> PictureSettings {
        let mut picture = match self {
            Self::Ours(recipe) => of_recipe(recipe, model),
            Self::Theirs(parameters) => of_parameters(parameters, usual),
        };
        picture.notices.extend(model.and_then(|model| fit(&mut picture.settings, model)));
        picture
    }
}

/// Gives the settings a size that the model paints.
fn fit(settings: &mut Settings, model: &ModelInfo) -> Option<PictureNotice> {
    let (fixed, asked) = (model.fixed_size, (settings.width, settings.height));
    (settings.width, settings.height) = fixed.applied_to(asked);
    (!fixed.takes(asked)).then(|| PictureNotice::Unfit {
        what: Said::Size,
        why: format!("{} paints {fixed} only.", model.name),
    })
}

fn of_recipe(recipe: &Recipe, model: Option<&ModelInfo>) -> PictureSettings {
    let whole = from_the_seed(&recipe.settings, recipe.branch.as_deref());
    let is_of = |model: &&ModelInfo| match recipe.model_fingerprint {
        Some(fingerprint) => fingerprint == model.fingerprint,
        None => recipe.model == model.name,
    };
    let other_model = model.filter(|model| !is_of(model)).map(|model| PictureNotice::Model {
        painted_with: recipe.model.clone(),
        instead: model.name.clone(),
    });
    let branched = whole.is_none().then_some(PictureNotice::Branched);
    let from_a_file = recipe.noise.is_none().then_some(PictureNotice::Noise);
    PictureSettings {
        settings: whole.unwrap_or_else(|| recipe.settings.clone()),
        notices: [branched, from_a_file, other_model].into_iter().flatten().collect(),
    }
}

fn of_parameters(parameters: &Parameters, usual: &Settings) -> PictureSettings {
    let mut reading = Reading::of(parameters, usual);
    reading.take(Said::Size, parameters.size, |settings, (width, height)| {
        (settings.width, settings.height) = (width as usize, height as usize);
    });
    reading.take(Said::Steps, parameters.steps, |settings, steps| settings.steps = steps as usize);
    reading
        .take(Said::Guidance, parameters.guidance_scale, |settings, scale| settings.guidance_scale = scale);
    reading.take(Said::Seed, parameters.seed, |settings, seed| settings.seed = seed);
    reading.take_sampler(parameters);
    reading.end(parameters)
}

/// Another program's settings while they are taken one by one.
struct Reading {
    settings: Settings,
    notices: Vec<PictureNotice>,
    missing: Vec<Said>,
}

impl Reading {
    /// The text alone; nothing is steered, and the rest is `usual`.
    fn of(parameters: &Parameters, usual: &Settings) -> Self {
        let says_prompt = !parameters.prompt.trim().is_empty();
        let settings = Settings {
            prompt: if says_prompt { &parameters.prompt } else { &usual.prompt }.clone(),
            negative_prompt: Some(parameters.negative.clone()).filter(|text| !text.is_empty()),
            control: Control::neutral(),
            entities: Entities::default(),
            changes: Vec::new(),
            ..usual.clone()
        };
        let missing = if says_prompt { Vec::new() } else { vec![Said::Prompt] };
        Self { settings, notices: Vec::new(), missing }
    }

    /// Takes a value, unless the settings could not be painted with it.
    fn take<T>(&mut self, what: Said, value: Option<T>, set: impl FnOnce(&mut Settings, T)) {
        let Some(value) = value else { return self.missing.push(what) };
        let mut settings = self.settings.clone();
        set(&mut settings, value);
        match settings.validate() {
            Ok(()) => self.settings = settings,
            Err(error) => self.notices.push(PictureNotice::Unfit { what, why: error.to_string() }),
        }
    }

    fn take_sampler(&mut self, parameters: &Parameters) {
        let Some(name) = &parameters.sampler else { return self.missing.push(Said::Sampler) };
        match sampler_named(name, parameters.schedule.as_deref()) {
            Some(found) => {
                self.settings.sampler = found.sampler;
                if !found.has_schedule {
                    let name = parameters.schedule.clone().unwrap_or_else(|| name.clone());
                    self.notices.push(PictureNotice::Schedule { name, instead: found.sampler });
                }
            }
            None => {
                self.notices
                    .push(PictureNotice::Sampler { name: name.clone(), instead: self.settings.sampler });
            }
        }
    }

    fn end(mut self, parameters: &Parameters) -> PictureSettings {
        let unread = PictureNotice::unknown(&parameters.others);
        // What is there and cannot be read is told with its value.
        let is_unread =
            |what: &Said| parameters.others.iter().any(|(key, _)| Some(key.as_str()) == what.key());
        self.missing.retain(|what| !is_unread(what));
        let missing = (!self.missing.is_empty()).then_some(PictureNotice::Missing(self.missing));
        self.notices.extend(unread.into_iter().chain(missing));
        PictureSettings { settings: self.settings, notices: self.notices }
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
    use tauscope_core::diffusion::{Change, GENERATOR, Steer, scheduler::Sampler};

    fn usual() -> Settings {
        Settings { width: 256, height: 256, ..Settings::default() }
    }

    #[test]
    fn settings_come_back_from_a_picture() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture.png");
        let check = |metadata: &Metadata, expected: Result<&Settings, &str>| {
            write_image(&path, &RgbImage::new(2, 2), metadata).unwrap();
            match (SavedSettings::read(&path), expected) {
                (Ok(found), Ok(expected)) => {
                    let found = found.settings(&usual(), None);
                    assert_eq!((&found.settings, found.notices), (expected, Vec::new()));
                }
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
            noise: Some(GENERATOR.into()),
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
        let other_seed =
            Recipe { branch: from(&Settings { seed: 8, ..settings }), noise: None, ..branch.clone() };
        write_image(&path, &RgbImage::new(2, 2), &other_seed.metadata()).unwrap();
        let found = SavedSettings::read(&path).unwrap().settings(&usual(), None);
        let notices = vec![PictureNotice::Branched, PictureNotice::Noise];
        assert_eq!(found, PictureSettings { settings: steered, notices });
        check(&Metadata::default(), Err("carries no settings"));
        let mut endless = branch.metadata();
        endless.settings.as_mut().unwrap()["settings"]["steps"] = 1_000_000_000_000_u64.into();
        check(&endless, Err("1000000000000 steps"));
        let mut endless = branch.metadata();
        endless.settings.as_mut().unwrap()["branch"]["settings"]["steps"] = 1_000_000_000_000_u64.into();
        check(&endless, Err("1000000000000 steps"));
    }

    /// What is taken of another program's text, and the notices about the rest.
    fn theirs(text: &str) -> (Settings, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("theirs.png");
        let metadata = Metadata { parameters: Some(text.to_owned()), ..Metadata::default() };
        write_image(&path, &RgbImage::new(2, 2), &metadata).unwrap();
        let found = SavedSettings::read(&path).unwrap().settings(&usual(), None);
        (found.settings, found.notices.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn another_programs_settings_are_taken() {
        let text = "a cat\nNegative prompt: dog\nSteps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, \
                    Seed: 5, Size: 512x768, Model: sdxl, Version: v1.9.4";
        let expected = Settings {
            prompt: "a cat".into(),
            negative_prompt: Some("dog".into()),
            width: 512,
            height: 768,
            steps: 20,
            guidance_scale: 7.0,
            seed: 5,
            sampler: Sampler::DpmPlusPlus2MKarras,
            ..Settings::default()
        };
        assert_eq!(theirs(text), (expected, Vec::new()));
    }

    #[test]
    fn what_another_program_says_and_is_not_taken_is_told() {
        fn check(text: &str, expected: &[&str]) {
            let (settings, notices) = theirs(&format!("a cat\n{text}"));
            assert_eq!((settings.prompt.as_str(), settings.seed), ("a cat", 5), "{text}");
            assert_eq!(notices.len(), expected.len(), "{text}: {notices:?}");
            for (notice, part) in notices.iter().zip(expected) {
                assert!(notice.contains(part), "{notice:?} lacks {part:?}");
            }
        }
        let whole = "Steps: 20, Sampler: Euler, CFG scale: 7, Seed: 5, Size: 512x512";
        check(whole, &[]);
        check(&whole.replace("512x512", "500x512"), &["A width of 500 pixels"]);
        check(&whole.replace("512x512", "99999x512"), &["A width of 99999 pixels"]);
        check(&whole.replace("Steps: 20", "Steps: 1000000"), &["1000000 steps"]);
        check(&whole.replace("Steps: 20", "Steps: many"), &["Steps: many"]);
        check(&whole.replace("scale: 7", "scale: inf"), &["guidance scale of inf"]);
        check(&whole.replace("Euler", "Restart"), &["\"Restart\""]);
        check(&whole.replace("Euler", "Euler a Karras"), &["\"Euler a Karras\""]);
        check(&whole.replace("Euler", "Euler, Schedule type: Beta"), &["\"Beta\""]);
        check(&format!("{whole}, Hires upscale: 2, Clip skip: 2"), &["Hires upscale: 2, Clip skip: 2"]);
        check("Seed: 5, Model: x, Version: y", &["size, number of steps, guidance scale, sampler"]);
        let (settings, _) = theirs("a cat\nSteps: 20, Sampler: Restart, Seed: 5, Size: 500x512");
        assert_eq!((settings.width, settings.height, settings.sampler), (256, 256, Sampler::Euler));
    }
}
