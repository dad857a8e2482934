//! Which prompts a table is of.

use serde::Serialize;

use crate::study::{Half, Level, StudyPrompt};

/// A choice among a study's prompts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Selection {
    /// `None` takes both halves.
    pub(super) half: Option<Half>,
    /// `None` takes both levels.
    pub(super) level: Option<Level>,
}

impl Selection {
    /// All that tables are made of: all prompts, then each half, then the levels, each where it differs.
    pub(super) fn all(prompts: &[&StudyPrompt]) -> Vec<Self> {
        let halves = [None, Some(Half::Report), Some(Half::Development)];
        let levels = [None, Some(Level::Plain), Some(Level::Hard)];
        let choices =
            levels.into_iter().flat_map(|level| halves.into_iter().map(move |half| Self { half, level }));
        let mut taken: Vec<(Self, Vec<usize>)> = Vec::new();
        for choice in choices {
            let takes: Vec<usize> = choice.of(prompts).into_iter().map(|(at, _)| at).collect();
            if choice == Self::EVERYTHING || !takes.is_empty() && taken.iter().all(|other| other.1 != takes) {
                taken.push((choice, takes));
            }
        }
        taken.into_iter().map(|(choice, _)| choice).collect()
    }

    const EVERYTHING: Self = Self { half: None, level: None };

    /// The prompts that it takes, each with its place among all.
    pub(super) fn of<'a>(self, prompts: &[&'a StudyPrompt]) -> Vec<(usize, &'a StudyPrompt)> {
        let takes = |prompt: &StudyPrompt| {
            (self.half.is_none() || prompt.half == self.half)
                && (self.level.is_none() || prompt.level == self.level)
        };
        prompts.iter().copied().enumerate().filter(|(_, prompt)| takes(prompt)).collect()
    }

    /// In words, by what its prompts really are: "report half, hard prompts".
    pub(super) fn words(self, prompts: &[&StudyPrompt]) -> String {
        let prompts: Vec<&StudyPrompt> = self.of(prompts).into_iter().map(|(_, prompt)| prompt).collect();
        let has_half = |half| prompts.iter().any(|prompt| prompt.half == half);
        let half = match [Some(Half::Report), Some(Half::Development), None].map(has_half) {
            [true, false, false] => "report half",
            [false, true, false] => "development half",
            [true, true, false] => "both halves",
            [false, false, _] => "prompts without halves",
            _ => "both halves and prompts without one",
        };
        match self.level {
            None => half.to_owned(),
            Some(Level::Plain) => format!("{half}, plain prompts"),
            Some(Level::Hard) => format!("{half}, hard prompts"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompts(parts: &[(Option<Half>, Option<Level>)]) -> Vec<StudyPrompt> {
        let prompt = |(number, &(half, level))| StudyPrompt {
            number,
            prompt: "a cat".into(),
            kind: None,
            level,
            half,
            checks: Vec::new(),
        };
        parts.iter().enumerate().map(prompt).collect()
    }

    #[test]
    fn each_selection_says_which_half_it_is_of() {
        fn check(parts: &[(Option<Half>, Option<Level>)], expected: &[&str]) {
            let prompts = prompts(parts);
            let prompts: Vec<_> = prompts.iter().collect();
            let words = Selection::all(&prompts).into_iter().map(|selection| selection.words(&prompts));
            assert_eq!(words.collect::<Vec<_>>(), expected);
        }
        let (report, development) = (Some(Half::Report), Some(Half::Development));
        let (plain, hard) = (Some(Level::Plain), Some(Level::Hard));
        check(&[], &["prompts without halves"]);
        check(&[(None, None)], &["prompts without halves"]);
        check(&[(development, hard)], &["development half"]);
        check(&[(report, None), (None, None)], &["both halves and prompts without one", "report half"]);
        check(
            &[(report, plain), (development, plain), (report, hard), (development, hard)],
            &[
                "both halves",
                "report half",
                "development half",
                "both halves, plain prompts",
                "report half, plain prompts",
                "development half, plain prompts",
                "both halves, hard prompts",
                "report half, hard prompts",
                "development half, hard prompts",
            ],
        );
    }
}
