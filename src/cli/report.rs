//! How a run is followed on standard error: a bar on a terminal, plain lines otherwise, nothing when quiet. What it remarks is
//! kept, so that JSON says the same.

use std::{io::IsTerminal, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};

use tauscope_core::diffusion::Progress;

/// Shows a run's progress.
pub(super) struct Report {
    kind: Kind,
    steps: usize,
    last_stage: String,
    remarks: Vec<String>,
}

enum Kind {
    Bar(ProgressBar),
    Lines,
    Quiet,
}

impl Report {
    /// In the form that suits standard error.
    pub(super) fn new(quiet: bool) -> Self {
        let kind = if quiet {
            Kind::Quiet
        } else if std::io::stderr().is_terminal() {
            let bar = ProgressBar::new_spinner();
            bar.enable_steady_tick(Duration::from_millis(120));
            Kind::Bar(bar)
        } else {
            Kind::Lines
        };
        Self { kind, steps: 0, last_stage: String::new(), remarks: Vec::new() }
    }

    /// Shows a stage of loading, with the share that is done where that is known.
    pub(super) fn stage(&mut self, stage: &str, fraction: Option<f32>) {
        match &self.kind {
            Kind::Quiet => {}
            Kind::Bar(bar) => bar.set_message(match fraction {
                Some(fraction) => format!("{stage} ({:.0} %)", fraction * 100.0),
                None => stage.to_owned(),
            }),
            Kind::Lines => {
                if self.last_stage != stage {
                    eprintln!("{stage}");
                }
            }
        }
        stage.clone_into(&mut self.last_stage);
    }

    /// Shows that painting begins.
    pub(super) fn begin(&mut self, steps: usize) {
        self.steps = steps;
        if let Kind::Bar(bar) = &self.kind {
            bar.set_length(steps as u64);
            if let Ok(style) = ProgressStyle::with_template("{bar:30} step {pos} of {len}  {eta} left  {msg}")
            {
                bar.set_style(style);
            }
            bar.set_message("");
        }
    }

    /// Shows that a study's pictures are painted.
    pub(super) fn begin_pictures(&mut self, pictures: usize) {
        self.steps = pictures;
        if let Kind::Bar(bar) = &self.kind {
            bar.set_length(pictures as u64);
            if let Ok(style) = ProgressStyle::with_template("{bar:30} picture {pos} of {len}  {msg}") {
                bar.set_style(style);
            }
            bar.set_message("");
        }
    }

    /// Shows how many of a study's pictures are done.
    pub(super) fn pictures(&mut self, text: &str, done: usize) {
        match &self.kind {
            Kind::Quiet => {}
            Kind::Bar(bar) => {
                bar.set_position(done as u64);
                bar.set_message(text.to_owned());
            }
            Kind::Lines => eprintln!("picture {done} of {}, {text}", self.steps),
        }
    }

    /// Shows what happened while painting.
    pub(super) fn progress(&mut self, progress: &Progress) {
        match (progress, &self.kind) {
            (Progress::Step(step), Kind::Bar(bar)) => bar.set_position(step.index as u64 + 1),
            (Progress::Step(step), Kind::Lines) => {
                let seconds = step.elapsed.as_secs_f64();
                eprintln!("step {} of {}, {seconds:.3} s", step.index + 1, self.steps);
            }
            (Progress::Decoding { of: 1, .. }, _) => self.stage("Decoding the picture", None),
            (Progress::Decoding { done, of }, _) => {
                self.stage(&format!("Decoding tile {} of {of}", done + 1), None);
            }
            (Progress::Noticed(notice), _) => self.remark(&notice.to_string()),
            (Progress::Encoding, _) => self.stage("Encoding the prompt", None),
            (Progress::Step(_), Kind::Quiet) => {}
        }
    }

    /// Prints a remark on a line of its own, once.
    pub(super) fn remark(&mut self, text: &str) {
        if self.remarks.iter().any(|told| told == text) {
            return;
        }
        match &self.kind {
            Kind::Bar(bar) => bar.suspend(|| eprintln!("{text}")),
            Kind::Lines => eprintln!("{text}"),
            Kind::Quiet => {}
        }
        self.remarks.push(text.to_owned());
    }

    /// What was remarked so far, in order.
    pub(super) fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// Removes the bar.
    pub(super) fn end(self) {
        if let Kind::Bar(bar) = self.kind {
            bar.finish_and_clear();
        }
    }
}
