//! The options that steer attention, and the control and entities that they give.

use std::path::PathBuf;

use clap::Args;

use super::{control_options::ControlOptions, value_parsers};
use tauscope_core::{
    attention::{ControlPreset, MASK_STRENGTH, Mask, MaskRegions},
    diffusion::Settings,
    error::{Error, Result},
    prompt::Entities,
};
use tauscope_studio::painting::read_regions;

/// Which words form an entity, and what is done with them.
#[derive(Args, Debug)]
#[command(next_help_heading = "Steering")]
pub(super) struct Steering {
    /// What to start from; the options below change it. Neutral if not given, or what the picture of --like has
    #[arg(long, value_parser = value_parsers::preset(), value_name = "NAME")]
    preset: Option<ControlPreset>,
    /// Which words form an entity: phrases as they stand in the prompt, ";" between entities, "|" between their parts,
    /// as in "a boy|a red hat;a girl"
    #[arg(long, visible_alias = "groups", value_name = "TEXT")]
    entities: Option<String>,
    /// Whose each place of the picture is, for the mask: a drawing that is red where the first entity is to be, green for
    /// the second, then blue, yellow, magenta and cyan, white for nobody, and black where attention decides
    #[arg(long, value_name = "FILE.png", conflicts_with = "mask-regions")]
    regions: Option<PathBuf>,
    #[command(flatten)]
    control: ControlOptions,
}

impl Steering {
    /// Steers `settings`, at all of their steps. Where no entities are given and they have none, but the control needs them or
    /// maps are measured, `find` finds them; not for the control of a picture that is only repeated, which did without.
    ///
    /// # Errors
    /// [`Error::Input`] for phrases that are not in the prompt, and for options that would do nothing.
    pub(super) fn steer(
        &self,
        settings: &mut Settings,
        is_measured: bool,
        is_repeated: bool,
        find: impl FnOnce(&str) -> Result<Entities>,
    ) -> Result<()> {
        if let Some(preset) = self.preset {
            settings.control = preset.control();
            settings.changes.clear();
        }
        let regions = self.regions.as_deref().map(read_regions).transpose()?;
        let changes = settings.changes.iter_mut().map(|change| &mut change.steer.control);
        for control in changes.chain([&mut settings.control]) {
            if let Some(regions) = &regions {
                // Regions without the mask would do nothing.
                if control.mask.strength == MASK_STRENGTH.neutral {
                    control.mask.strength = Mask::HARD.strength;
                }
                control.mask.regions = MaskRegions::Drawn(regions.clone());
            }
            self.control.apply(control)?;
        }
        let is_asked = self.preset.is_some() || regions.is_some() || !self.control.is_empty();
        let controls = settings.controls();
        let needs_entities = controls.iter().any(|change| change.steer.control.needs_entities());
        let has_none = controls.iter().all(|change| change.steer.entities.list.is_empty());
        let lacks_some = if needs_entities { is_asked || !is_repeated } else { is_measured };
        let entities = match &self.entities {
            Some(entities) => Some(Entities::by_hand(&settings.prompt, entities)?),
            None if has_none && lacks_some => Some(find(&settings.prompt)?),
            None => None,
        };
        if let Some(entities) = &entities {
            settings.set_entities(entities);
        }
        let finds_none = entities.map_or(has_none, |entities| entities.list.is_empty());
        if is_asked && needs_entities && finds_none {
            return Err(Error::input(
                "This control acts on entities, and none are found in the prompt.",
                "Say which words form them, as in --entities \"a boy|a red hat;a girl\".",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use tauscope_core::{
        attention::{Control, Reduce, Span, Weights},
        diffusion::{Change, Steer},
    };

    #[derive(Parser)]
    struct Typed {
        #[command(flatten)]
        steering: Steering,
    }

    const PROMPT: &str = "a red cat and a blue dog";

    /// The arguments with two entities.
    fn control(arguments: &str) -> Result<Control, String> {
        let words = ["tauscope", "--entities", "a red cat;a blue dog"]
            .into_iter()
            .chain(arguments.split_whitespace());
        let typed = Typed::try_parse_from(words).map_err(|error| error.to_string())?;
        let mut settings = Settings { prompt: PROMPT.to_owned(), ..Settings::default() };
        let steered = typed.steering.steer(&mut settings, false, false, |_| Ok(Entities::default()));
        steered.map(|()| settings.control).map_err(|error| error.to_string())
    }

    #[test]
    fn options_change_the_preset() {
        fn check(arguments: &str, expected: Control) {
            assert_eq!(control(arguments).unwrap(), expected, "{arguments}");
        }
        check("", Control::neutral());
        check("--preset our-reading", Control::our_reading());
        check("--mask", Control::mask_only());
        check("--preset mask-only", Control::mask_only());
        check("--preset structured", Control { structured: true, ..Control::neutral() });
        check("--mask-strength 0", Control::neutral());
        check(
            "--preset our-reading --tau 1 --temperature-end 1",
            Control { tau: 1.0, tau_span: Span::WHOLE, ..Control::our_reading() },
        );
        check(
            "--mask --mask-strength 0.6 --mask-reduce mean --mask-range 0.1:0.7",
            Control {
                mask: Mask {
                    strength: 0.6,
                    reduce: Reduce::Mean,
                    span: Span { start: 0.1, end: 0.7 },
                    ..Mask::default()
                },
                ..Control::default()
            },
        );
        check(
            "--weights 0.4",
            Control { weights: Weights::of_amplitude(0.4).unwrap(), ..Control::default() },
        );
        check("--structured", Control { structured: true, ..Control::default() });
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        fn check(arguments: &str, expected: &str) {
            let message = control(arguments).unwrap_err();
            assert!(message.contains(expected), "{arguments}: {message}");
        }
        check("--preset best", "our-reading");
        check("--mask-strength 2", "0 to 1");
        check("--mask --mask-reduce median", "sum");
        check("--mask --mask-range 0.7", "0:0.4");
        check("--mask --mask-range 0.7:0.2", "from 0.7 to 0.2");
        check("--weights 3", "amplitude of 3");
        check("--mask-reduce max", "Add --mask.");
        check("--mask-strength 0 --mask-range 0:1", "Add --mask.");
        check("--tau nan", "temperature of NaN");
        check("--tau warm", "\"warm\" is not a number");
        check("--temperature-end 1.5", "from 0 to 1.5");
    }

    #[test]
    fn entities_are_asked_for_where_they_are_needed() {
        fn check(arguments: &str, expected: Option<&str>) {
            let words = ["tauscope"].into_iter().chain(arguments.split(' ').filter(|word| !word.is_empty()));
            let mut settings = Settings { prompt: PROMPT.to_owned(), ..Settings::default() };
            let typed = Typed::try_parse_from(words).unwrap();
            match (typed.steering.steer(&mut settings, false, false, |_| Ok(Entities::default())), expected) {
                (Ok(()), None) => assert!(settings.entities.list.is_empty()),
                (Err(error), Some(expected)) => assert!(error.to_string().contains(expected), "{error}"),
                (steered, expected) => panic!("{arguments}: {steered:?}, not {expected:?}"),
            }
        }
        check("", None);
        check("--tau 0.7", None);
        check("--mask", Some("--entities"));
        check("--weights 0.3", Some("--entities"));
        check("--structured", Some("--entities"));
        check("--entities horse", Some("horse"));
    }
    /// Entities were found anew for a picture whose mask had none, and those of later steps were written over.
    #[test]
    fn a_repeated_picture_keeps_what_it_had() {
        fn check(arguments: &str, late: &str, finds: bool) {
            let words = ["tauscope"].into_iter().chain(arguments.split_whitespace());
            let entities = Entities::by_hand(PROMPT, late).unwrap();
            let change = Change { step: 3, steer: Steer { control: Control::mask_only(), entities } };
            let control = Control::mask_only();
            let prompt = PROMPT.to_owned();
            let mut settings = Settings { prompt, control, changes: vec![change], ..Settings::default() };
            let before = settings.clone();
            let mut found = false;
            let steering = Typed::try_parse_from(words).unwrap().steering;
            let find = |prompt: &str| {
                found = true;
                Entities::by_hand(prompt, "a red cat;a blue dog")
            };
            steering.steer(&mut settings, true, true, find).unwrap();
            assert_eq!(found, finds, "{arguments} {late}");
            assert!(finds || !arguments.is_empty() || settings == before, "{late}");
        }
        check("", "", false);
        check("", "a red cat", false);
        check("--tau 0.8", "a red cat", false);
        check("--mask-strength 0.5", "", true);
    }

    #[test]
    fn options_change_how_a_picture_was_steered() {
        fn check(arguments: &str, expected: &[(usize, f32, bool)]) {
            let words = ["tauscope"].into_iter().chain(arguments.split_whitespace());
            let typed = Typed::try_parse_from(words).unwrap();
            let later = Control { tau: 0.5, ..Control::mask_only() };
            let steer = Steer { control: later, entities: Entities::by_hand(PROMPT, "a red cat").unwrap() };
            let mut settings = Settings {
                prompt: PROMPT.to_owned(),
                entities: steer.entities.clone(),
                changes: vec![Change { step: 3, steer }],
                ..Settings::default()
            };
            typed.steering.steer(&mut settings, false, false, |_| unreachable!("it has entities")).unwrap();
            let of_all = |change: &Change| change.steer.entities == settings.entities;
            assert!(settings.controls().iter().all(of_all), "{arguments}");
            let controls = settings.controls();
            let found: Vec<_> = controls
                .iter()
                .map(|change| (change.step, change.steer.control.tau, change.steer.control.needs_entities()))
                .collect();
            assert_eq!(found, expected, "{arguments}");
        }
        check("", &[(0, 1.0, false), (3, 0.5, true)]);
        check("--tau 0.8", &[(0, 0.8, false), (3, 0.8, true)]);
        check("--entities dog", &[(0, 1.0, false), (3, 0.5, true)]);
        check("--preset neutral --tau 0.9", &[(0, 0.9, false)]);
    }
}
