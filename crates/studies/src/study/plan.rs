//! A study that is ready to run: every prompt read, every arm spelled out.

use serde::{Deserialize, Serialize};

use super::{Arm, StudyPrompt};
use tauscope_core::{
    diffusion::{Settings, scheduler::Sampler},
    error::{Error, Result},
};

/// The judges that a study can name.
pub const JUDGES: [&str; 8] =
    ["scene-reader", "clip-score", "fid", "kid", "reader-fid", "image-reward", "program", "people"];

/// The most pictures of a prompt and arm. A seed is the prompt's number times this, plus the sample's, so those of one prompt
/// end before those of the next.
pub const MOST_SAMPLES: usize = 1000;

/// A study without anything left to look up: what a run's folder keeps, so that it goes on as it began.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The study's name.
    pub name: String,
    /// What it is for, a sentence.
    #[serde(default)]
    pub about: String,
    /// Its arms; the first is what the others are compared with.
    pub arms: Vec<Arm>,
    /// Its prompts. (In a run's folder they are a file of their own.)
    #[serde(skip)]
    pub prompts: Vec<StudyPrompt>,
    /// How many pictures of each prompt and arm.
    pub samples: usize,
    /// What all arms share.
    #[serde(default)]
    pub common: Common,
    /// The judges' names, in the order in which tables show them.
    pub judges: Vec<String>,
}

/// What all arms share; what is `None` is what suits the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Common {
    /// Width and height in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<[usize; 2]>,
    /// Number of steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<usize>,
    /// Classifier-free guidance scale.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guidance_scale: Option<f32>,
    /// Which scheduler.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampler: Option<Sampler>,
    /// The negative prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub negative_prompt: Option<String>,
}

impl Plan {
    /// Keeps the arms with these names, in the study's order.
    ///
    /// # Errors
    /// [`Error::Input`] for a name that no arm has, and for no names.
    pub fn retain_arms(&mut self, names: &[String]) -> Result<()> {
        let all: Vec<_> = self.arms.iter().map(|arm| arm.name.as_str()).collect();
        all_known(names, &all, "arm")?;
        self.arms.retain(|arm| names.contains(&arm.name));
        self.validate()
    }

    /// The study with these judges instead of its own.
    ///
    /// # Errors
    /// [`Error::Input`] for a judge that there is not.
    pub fn with_judges(self, judges: &[String]) -> Result<Self> {
        all_known(judges, &JUDGES, "judge")?;
        Ok(Self { judges: judges.to_vec(), ..self })
    }

    /// Checks what the arms share, and that they can be told apart.
    ///
    /// # Errors
    /// [`Error::Input`] that says what cannot be done.
    pub fn validate(&self) -> Result<()> {
        if self.arms.is_empty() {
            return Err(Error::input("The study has no arms.", "Write at least one [[arms]] table."));
        }
        // Some systems take "A" and "a" for the same file.
        let mut names: Vec<_> = self.arms.iter().map(|arm| arm.name.to_lowercase()).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Error::input(
                format!("Two arms of the study are called \"{}\".", twice[0]),
                "Give each a name of its own.",
            ));
        }
        if !(1..=MOST_SAMPLES).contains(&self.samples) {
            return Err(Error::input(
                format!("{} pictures of each prompt cannot be painted.", self.samples),
                format!("Choose 1 to {MOST_SAMPLES} samples."),
            ));
        }
        self.common.settings(&Settings::default()).validate()
    }
}

impl Common {
    /// The settings that all arms begin with: what suits the model, with what the study says.
    pub fn settings(&self, suits: &Settings) -> Settings {
        let [width, height] = self.size.unwrap_or([suits.width, suits.height]);
        Settings {
            width,
            height,
            steps: self.steps.unwrap_or(suits.steps),
            guidance_scale: self.guidance_scale.unwrap_or(suits.guidance_scale),
            sampler: self.sampler.unwrap_or(suits.sampler),
            negative_prompt: self.negative_prompt.clone().or_else(|| suits.negative_prompt.clone()),
            ..suits.clone()
        }
    }
}

/// Checks that every name is one of `all`; `what` they name.
fn all_known(names: &[String], all: &[&str], what: &str) -> Result<()> {
    names.iter().find(|name| !all.contains(&name.as_str())).map_or(Ok(()), |name| {
        Err(Error::input(
            format!("There is no {what} \"{name}\"."),
            format!("Choose among {}.", all.join(", ")),
        ))
    })
}
