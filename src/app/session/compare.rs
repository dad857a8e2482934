//! The same seed under several controls, side by side: which controls, and which job paints each.

use super::effect::Effect;
use tauscope_core::{
    attention::{Control, MASK_STRENGTH, TAU},
    diffusion::Settings,
};
use tauscope_studio::painting::JobId;

/// What is compared, if anything is.
#[derive(Debug, Default)]
pub struct Compare {
    comparison: Option<Comparison>,
}

/// What a person does to a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum CompareCommand {
    /// Takes a picture out of what is compared.
    Remove(JobId),
    /// Moves the wipe between two pictures, 0..1, or puts them side by side.
    Wipe(Option<f32>),
}

/// What is compared: rows of columns, of which a plain comparison has one row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// What all have in common.
    pub base: Settings,
    /// From top to bottom.
    pub rows: Vec<Vec<Contestant>>,
    /// Where the wipe between the first and the last is, 0..1 from the left, while it is used.
    pub wipe: Option<f32>,
}

/// One of those that are compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Contestant {
    /// "Original", "τ 0.70".
    pub name: String,
    /// How it is steered.
    pub control: Control,
    /// The job that paints it.
    pub job: JobId,
}

/// A control with the name of its column.
pub(super) type Named = (String, Control);

/// Values of τ and of the mask's strength that a sweep goes through.
const SWEEP_TAU: [f32; 3] = [1.0, 0.8, 0.6];
const SWEEP_MASK: [f32; 3] = [0.0, 0.5, 1.0];

impl Compare {
    /// What is compared.
    pub fn comparison(&self) -> Option<&Comparison> {
        self.comparison.as_ref()
    }

    /// Whether a job is one of those that are compared.
    pub fn holds(&self, job: JobId) -> bool {
        let rows = self.comparison.iter().flat_map(|comparison| &comparison.rows);
        rows.flatten().any(|one| one.job == job)
    }

    pub(super) fn update(&mut self, command: CompareCommand) -> Vec<Effect> {
        match command {
            CompareCommand::Remove(job) => self.remove(job),
            CompareCommand::Wipe(at) => {
                if let Some(comparison) = &mut self.comparison {
                    comparison.wipe = at;
                }
            }
        }
        Vec::new()
    }

    /// Compares these.
    pub(super) fn begin(&mut self, base: Settings, rows: Vec<Vec<Contestant>>) {
        self.comparison = Some(Comparison { base, rows, wipe: None });
    }

    /// Adds a column to the first row, unless it is there already: the same once more says nothing new.
    pub(super) fn add(&mut self, control: Control, job: JobId) {
        let row = self.comparison.as_mut().and_then(|comparison| comparison.rows.first_mut());
        if let Some(row) = row.filter(|row| row.iter().all(|one| one.job != job)) {
            row.push(Contestant { name: format!("Yours, {}", row.len() + 1), control, job });
        }
    }

    /// Takes a column out; what was painted stays in the history.
    fn remove(&mut self, job: JobId) {
        if let Some(comparison) = &mut self.comparison {
            comparison.rows.iter_mut().for_each(|row| row.retain(|one| one.job != job));
            comparison.rows.retain(|row| !row.is_empty());
        }
        self.comparison.take_if(|comparison| comparison.rows.is_empty());
    }
}

/// The columns of a plain comparison: left alone, Structured Diffusion if there are entities, and steered by `control`.
/// If that is neutral, our reading of the paper stands in for it.
pub(super) fn columns(has_entities: bool, control: &Control) -> Vec<Named> {
    let (name, ours) = if *control == Control::neutral() {
        ("Our reading of the paper", Control::our_reading())
    } else {
        ("With your controls", control.clone())
    };
    let mut row = vec![("Original".to_owned(), Control::neutral())];
    if has_entities && !ours.structured {
        row.push(("Structured Diffusion".to_owned(), Control { structured: true, ..Control::neutral() }));
    }
    row.push((name.to_owned(), ours));
    row
}

/// Values of τ (down) and of the mask's strength (across, if there are entities to keep apart), everything else as in
/// `control`.
pub(super) fn sweep(entities: usize, control: &Control) -> Vec<Vec<Named>> {
    let masks: &[f32] = if entities < 2 { &SWEEP_MASK[..1] } else { &SWEEP_MASK };
    let cell = |tau: f32, strength: f32| {
        let control = MASK_STRENGTH.with(&TAU.with(control, tau), strength);
        (format!("{} {tau:.2} · {} {strength:.2}", TAU.label, MASK_STRENGTH.label), control)
    };
    SWEEP_TAU.iter().map(|&tau| masks.iter().map(|&mask| cell(tau, mask)).collect()).collect()
}
