//! Which prompts a study is about: a file of them, and what is taken from it.

use std::path::{Path, PathBuf};

use super::{Half, Kind, Level, PromptList, Sample, builtin, read_prompts};
use tauscope_core::error::{Error, Result};

/// A file of prompts, and which of them are taken: those of all that is said here, and of these a sample.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The file; [`Self::SCENES`] is the 360 prompts that belong to the program.
    pub prompts: PathBuf,
    /// The column of a CSV file that holds the prompts.
    pub column: Option<String>,
    /// Only this half.
    pub half: Option<Half>,
    /// Only this level.
    pub level: Option<Level>,
    /// Only these kinds; empty for all.
    pub kinds: Vec<Kind>,
    /// Only as many.
    pub sample: Option<Sample>,
}

impl Selection {
    /// What names the program's own prompts in place of a file.
    pub const SCENES: &str = "scenes";

    /// Reads the prompts. Each keeps its number in the file, and so its seeds, whatever is left out.
    ///
    /// # Errors
    /// [`Error::File`] and [`Error::Input`] for a file without prompts, and where none is left.
    pub fn read(&self) -> Result<PromptList> {
        let mut list = if self.prompts == Path::new(Self::SCENES) {
            builtin::scenes()?
        } else {
            read_prompts(&self.prompts, self.column.as_deref())?
        };
        list.prompts.retain(|prompt| {
            self.half.is_none_or(|half| prompt.half == Some(half))
                && self.level.is_none_or(|level| prompt.level == Some(level))
                && (self.kinds.is_empty() || prompt.kind.is_some_and(|kind| self.kinds.contains(&kind)))
        });
        if let Some(sample) = self.sample {
            list.prompts = sample.draw(list.prompts);
        }
        if list.prompts.is_empty() {
            return Err(Error::input(
                format!(
                    "No prompt of {} is of the half, level and kinds that are asked for.",
                    self.prompts.display()
                ),
                "Leave out half, level, kinds or sample.",
            ));
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_are_selected_and_keep_their_numbers() {
        fn check(change: impl FnOnce(&mut Selection), expected: usize) {
            let mut selection = Selection { prompts: Selection::SCENES.into(), ..Selection::default() };
            change(&mut selection);
            let all = builtin::scenes().unwrap().prompts;
            let prompts = selection.read().map_or_else(|_| Vec::new(), |list| list.prompts);
            assert_eq!(prompts.len(), expected, "{selection:?}");
            assert!(prompts.iter().all(|prompt| *prompt == all[prompt.number]));
        }
        check(|_| (), 360);
        check(|s| s.half = Some(Half::Development), 180);
        check(|s| s.level = Some(Level::Plain), 120);
        check(|s| s.kinds = vec![Kind::Colour, Kind::Time], 120);
        check(|s| s.sample = Some(Sample { prompts: 7, seed: 3 }), 7);
        check(|s| (s.half, s.kinds) = (Some(Half::Report), vec![Kind::Number]), 30);
        check(|s| s.sample = Some(Sample { prompts: 0, seed: 3 }), 0);
    }
}
