//! The options that set the fields of a control, made from the one list of them.

use clap::{
    Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches,
    builder::{PossibleValuesParser, ValueParser},
};

use tauscope_core::{
    attention::{CONTROL_PARTS, CommandOption, Control, ControlPart, Takes},
    error::{Error, Result},
};

/// The options that were given, in the order of the list.
#[derive(Debug)]
pub(super) struct ControlOptions(Vec<Given>);

/// An option that was given.
#[derive(Debug)]
struct Given {
    option: &'static CommandOption,
    /// What it takes, as typed.
    text: String,
    /// The part that it sets a detail of.
    detail_of: Option<&'static ControlPart>,
}

impl ControlOptions {
    /// Whether none was given.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets what was given.
    ///
    /// # Errors
    /// [`Error::Input`] for a detail of a part that is off.
    pub(super) fn apply(&self, control: &mut Control) -> Result<()> {
        for given in &self.0 {
            (given.option.set)(control, &given.text)?;
        }
        for part in self.0.iter().filter_map(|given| given.detail_of) {
            if let Some(switch) = part.switch.filter(|_| !(part.acts)(control)) {
                return Err(Error::input(
                    format!("{} is off, so nothing of it can be set.", part.name),
                    format!("Add --{switch}."),
                ));
            }
        }
        Ok(())
    }
}

impl Args for ControlOptions {
    fn augment_args(command: Command) -> Command {
        options().fold(command, |command, (option, _)| command.arg(argument(option)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ControlOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = options().filter_map(|(option, detail_of)| {
            let text = match option.takes {
                Takes::Nothing => matches.get_flag(option.name).then(String::new),
                Takes::Value(_) | Takes::OneOf(..) => matches.get_one(option.name).cloned(),
            };
            text.map(|text| Given { option, text, detail_of })
        });
        Ok(Self(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Every option, and for one that cannot make a part act, the part that it sets a detail of.
fn options() -> impl Iterator<Item = (&'static CommandOption, Option<&'static ControlPart>)> {
    let fields = CONTROL_PARTS.into_iter().flat_map(|part| {
        part.fields.iter().enumerate().map(move |(index, field)| (field, (index > 0).then_some(part)))
    });
    fields.flat_map(|(field, detail_of)| field.options.iter().map(move |option| (option, detail_of)))
}

/// An option as clap knows it.
fn argument(option: &'static CommandOption) -> Arg {
    let argument = Arg::new(option.name).long(option.name).help(option.help);
    match option.takes {
        Takes::Nothing => argument.action(ArgAction::SetTrue),
        Takes::Value(name) => argument.value_name(name).value_parser(settable(option)),
        Takes::OneOf(name, words) => {
            argument.value_name(name).value_parser(PossibleValuesParser::new(words()))
        }
    }
}

/// Takes what the option can set a control to, as it was typed.
fn settable(option: &'static CommandOption) -> ValueParser {
    ValueParser::new(move |text: &str| (option.set)(&mut Control::neutral(), text).map(|()| text.to_owned()))
}
