//! `entry.json`: everything in an entry except its pixels and maps.

use std::{iter, time::Duration};

use serde::{Deserialize, Serialize};

use crate::painting::{BranchedFrom, PaintedStep, Painting, Recipe};
use tauscope_core::{
    attention::{ByResolution, Grid, Layer},
    diffusion::MAX_PROMPT_BYTES,
    prompt::{CHUNK_TOKENS, CONTENT_TOKENS, PromptWords},
};

/// The format that is written, and the only one that is read. Fields that came later have defaults, so that older
/// entries of the same format open.
const VERSION: u32 = 1;
/// More layers than any UNet has.
const MOST_LAYERS: usize = 10_000;
/// More tokens than any prompt has: no token is shorter than a byte.
const MOST_TOKENS: usize = (MAX_PROMPT_BYTES / CONTENT_TOKENS + 1) * CHUNK_TOKENS;

/// What an entry says about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Description {
    version: u32,
    /// What was asked for, and what painted it.
    pub(super) recipe: Recipe,
    /// The names of the maps' tokens.
    pub(super) words: PromptWords,
    /// The layers in `maps.npz`.
    pub(super) layers: Vec<Layer>,
    /// L, the number of tokens in each map.
    pub(super) tokens: usize,
    /// Whether every step's checkpoint is in `maps.npz`.
    #[serde(default)]
    pub(super) latents: bool,
    /// The shape of what the first steps looked at, as each step's checkpoint has it: tokens, height and width; zeros if
    /// `maps.npz` has none.
    #[serde(default)]
    pub(super) early_maps: [usize; 3],
    /// The steps, in order.
    pub(super) steps: Vec<StepTimes>,
}

/// A step without its pictures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StepTimes {
    pub(super) timestep: f32,
    pub(super) elapsed: Duration,
    /// How many entities were scored.
    #[serde(default)]
    pub(super) entities: usize,
    /// Whether `maps.npz` has its maps before mask and weights.
    #[serde(default)]
    pub(super) neutral: bool,
    /// How many arrays the sampler remembered.
    #[serde(default)]
    pub(super) memory: usize,
    /// Whether its early maps are other than those of the step before.
    #[serde(default)]
    pub(super) looked: bool,
}

impl Description {
    /// Describes a painting whose maps are stored as `reduced`.
    pub(super) fn new(painting: &Painting, reduced: &ByResolution, recipe: Recipe) -> Self {
        let steps = &painting.steps;
        let early = |step: &PaintedStep| step.checkpoint.as_ref()?.early_maps.clone();
        let first = steps.iter().find_map(|step| early(step));
        let before = iter::once(None).chain(steps.iter().map(|step| early(step)));
        let times = steps.iter().zip(before).map(|(step, before)| StepTimes {
            timestep: step.timestep,
            elapsed: step.elapsed,
            entities: step.scores.entities(),
            neutral: step.neutral.is_some(),
            memory: step.checkpoint.as_ref().map_or(0, |state| state.memory.len()),
            looked: early(step) != before,
        });
        Self {
            version: VERSION,
            recipe,
            words: (*painting.words).clone(),
            layers: reduced.layers().to_vec(),
            tokens: steps.first().map_or(0, |step| step.maps.tokens()),
            latents: steps.iter().all(|step| step.checkpoint.is_some()),
            early_maps: first.map_or([0; 3], |maps| maps.dim().into()),
            steps: times.collect(),
        }
    }

    /// The most entities that a step scored; 0 if `maps.npz` has no scores.
    pub(super) fn entities(&self) -> usize {
        self.steps.iter().map(|step| step.entities).max().unwrap_or(0)
    }

    /// How many arrays the sampler remembered in all steps together.
    pub(super) fn memory(&self) -> usize {
        self.steps.iter().fold(0, |sum, step| sum.saturating_add(step.memory))
    }

    /// How many early maps there are.
    pub(super) fn looks(&self) -> usize {
        self.steps.iter().filter(|step| step.looked).count()
    }

    /// Whether `maps.npz` has maps before mask and weights.
    pub(super) fn has_neutral(&self) -> bool {
        self.steps.iter().any(|step| step.neutral)
    }

    /// Reads `entry.json`; if it is broken, what is wrong, as a clause.
    pub(super) fn parse(json: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let broken = |error: serde_json::Error| format!("entry.json is broken ({error})");
        let Versioned { version } = serde_json::from_slice(json).map_err(broken)?;
        if version != VERSION {
            return Err(format!("it has format {version}, and this Tauscope reads format {VERSION}"));
        }
        let description: Self = serde_json::from_slice(json).map_err(broken)?;
        description.fault().map_or(Ok(description), |problem| Err(problem.to_owned()))
    }

    /// The first thing that does not fit the settings, which were checked as they were read; a clause.
    fn fault(&self) -> Option<&'static str> {
        let Self { recipe, words, layers, tokens, steps, .. } = self;
        let latent = recipe.settings.latent_grid();
        let is_within = |Grid { height, width }: Grid| {
            (1..=latent.height).contains(&height) && (1..=latent.width).contains(&width)
        };
        let [looked_tokens, height, width] = self.early_maps;
        let early_maps_fit = looked_tokens <= *tokens && is_within(Grid::new(height, width));
        let begins_within = |branch: &BranchedFrom| (1..recipe.settings.steps).contains(&branch.step);
        if steps.len() != recipe.settings.steps {
            Some("it has another number of steps than its settings")
        } else if !recipe.branch.as_deref().is_none_or(begins_within) {
            Some("it continues another painting from a step that it does not have")
        } else if layers.iter().any(|layer| layer.count == 0) {
            Some("a layer is the average of no layers")
        } else if layers.iter().any(|layer| layer.count > MOST_LAYERS || !is_within(layer.grid)) {
            Some("a layer is larger than its picture")
        } else if self.looks() > 0 && !early_maps_fit {
            Some("what its first steps looked at does not fit its picture")
        } else if words.positions().any(|position| position >= *tokens) {
            Some("a word has tokens without maps")
        } else if *tokens > MOST_TOKENS {
            Some("it has more tokens than any prompt")
        } else if !words.are_of(&recipe.settings.prompt) {
            Some("its words are not those of its prompt")
        } else {
            None
        }
    }
}
