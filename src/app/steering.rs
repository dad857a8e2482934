//! Steering in words: presets, when a control acts, and what to mind.

use super::session::Draft;
use tauscope_core::{
    attention::{Control, MaskRegions, Span},
    prompt::layout_of_words,
};

/// All controls at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Preset {
    /// Everything off.
    Neutral,
    /// All three controls, as we read the paper.
    OurReading,
    /// The mask alone.
    MaskOnly,
    /// What helped most where it was measured.
    BestKnown,
    /// What the person kept.
    Own,
}

impl Preset {
    /// In the menu's order.
    pub(super) const ALL: [Self; 5] =
        [Self::Neutral, Self::BestKnown, Self::OurReading, Self::MaskOnly, Self::Own];

    /// The menu's words.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::OurReading => "our reading of the paper",
            Self::MaskOnly => "mask only",
            Self::BestKnown => "best known",
            Self::Own => "mine",
        }
    }

    /// What it sets; `None` for the own one before there is any.
    pub(super) fn control(self, own: Option<&Control>) -> Option<Control> {
        match self {
            Self::Neutral => Some(Control::neutral()),
            Self::OurReading => Some(Control::our_reading()),
            Self::MaskOnly => Some(Control::mask_only()),
            Self::BestKnown => Some(Control::best_known()),
            Self::Own => own.cloned(),
        }
    }

    /// The preset that is in force.
    pub(super) fn of(control: &Control, own: Option<&Control>) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.control(own).as_ref() == Some(control))
    }
}

/// Where a control acts, in steps as a person counts them.
pub(super) fn sentence(span: Span, steps: usize) -> String {
    let mut acts = (0..steps).filter(|&step| span.contains(Control::progress(step, steps)));
    match (acts.next(), acts.next_back()) {
        (None, _) => "acts at no step".to_owned(),
        (Some(0), Some(last)) if last + 1 == steps => "acts at all steps".to_owned(),
        (Some(first), None) => format!("acts at step {}", first + 1),
        (Some(first), Some(last)) => format!("acts at steps {} to {}", first + 1, last + 1),
    }
}

/// Temperatures beyond these, for longer than [`LONG`], mostly break a picture.
const STRONG_TAU: std::ops::RangeInclusive<f32> = 0.5..=1.4;
/// A large part of a run.
const LONG: f32 = 0.6;

/// What a person should mind about the draft's control.
pub(super) fn hint(draft: &Draft) -> Option<&'static str> {
    let settings = draft.settings();
    let (control, entities) = (&settings.control, settings.entities.list.len());
    if control.needs_entities() && draft.reader().is_some() && entities == 0 {
        Some("This prompt has no entities, so that the mask and the weights have little to do.")
    } else if control.mask.strength > 0.0 && draft.reader().is_some() && entities < 2 {
        Some("The mask needs two entities to keep apart.")
    } else if control.mask.strength > 0.0
        && control.mask.regions == MaskRegions::Words
        && draft.reader().is_some()
        && layout_of_words(&settings.prompt, &settings.entities).is_none()
    {
        Some("One thing is in front of another or on it, so the mask has no places to go by the words.")
    } else if !settings.changes.is_empty() {
        Some("This picture was steered on its way; moving a control steers all of its steps alike.")
    } else if !STRONG_TAU.contains(&control.tau) && control.tau_span.end - control.tau_span.start > LONG {
        Some("Such a τ for so long mostly breaks the picture: shorten its band over the steps.")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            Message,
            session::{Input, Session, update},
        },
        *,
    };
    use tauscope_core::{diffusion::Settings, prompt::Entities};
    use tauscope_studio::painting::{ModelSource, Recipe, SavedSettings};
    use tauscope_testing::fake::model_info;

    #[test]
    fn the_range_is_told_in_steps() {
        fn check(span: (f32, f32), steps: usize, expected: &str) {
            assert_eq!(sentence(Span { start: span.0, end: span.1 }, steps), expected);
        }
        check((0.0, 1.0), 25, "acts at all steps");
        check((0.0, 0.5), 25, "acts at steps 1 to 12");
        check((0.0, 0.0), 25, "acts at no step");
        check((0.0, 0.01), 25, "acts at step 1");
        check((0.9, 1.0), 11, "acts at steps 10 to 11");
    }

    #[test]
    fn presets_are_recognised() {
        fn check(control: &Control, own: Option<&Control>, expected: Option<Preset>) {
            assert_eq!(Preset::of(control, own), expected);
        }
        let own = Control { tau: 0.9, ..Control::neutral() };
        check(&Control::default(), None, Some(Preset::Neutral));
        check(&Control::our_reading(), None, Some(Preset::OurReading));
        check(&Control::mask_only(), Some(&own), Some(Preset::MaskOnly));
        check(&own, None, None);
        check(&own, Some(&own), Some(Preset::Own));
    }

    #[test]
    fn what_breaks_a_picture_is_said() {
        struct NoReader;
        impl super::super::PromptReader for NoReader {
            fn read(&self, _: &str) -> super::super::Reading {
                super::super::Reading::default()
            }
        }
        fn check(control: Control, entities: &str, expected: Option<&str>) {
            check_prompt("a cat and a dog", control, entities, expected);
        }
        fn check_prompt(prompt: &str, control: Control, entities: &str, expected: Option<&str>) {
            let mut session = Session::default();
            update(&mut session, Input::Reader(std::sync::Arc::new(NoReader)));
            let entities = Entities::by_hand(prompt, entities).unwrap();
            let prompt = prompt.to_owned();
            let settings = Settings { prompt, entities, control, ..Settings::default() };
            let recipe = Recipe::new(&settings, &model_info(&ModelSource::Embedded), false);
            let saved = Box::new(SavedSettings::Ours(Box::new(recipe)));
            update(&mut session, Input::Message(Message::Settings(saved)));
            match (hint(&session.draft), expected) {
                (None, None) => {}
                (Some(hint), Some(expected)) => assert!(hint.contains(expected), "{hint}"),
                (found, expected) => panic!("{found:?}, not {expected:?}"),
            }
        }
        let strong = Control { tau: 0.3, ..Control::neutral() };
        check(Control::our_reading(), "a cat;a dog", None);
        check(Control::our_reading(), "a cat", Some("two entities"));
        check(Control::mask_only(), "", Some("no entities"));
        check(strong.clone(), "", Some("breaks"));
        check(Control::best_known(), "a cat;a dog", None);
        check_prompt("a cat behind a dog", Control::best_known(), "a cat;a dog", Some("by the words"));
        check_prompt("a cat behind a dog", Control::mask_only(), "a cat;a dog", None);
        check(Control { tau_span: Span { start: 0.0, end: 0.2 }, ..strong }, "", None);
    }
}
