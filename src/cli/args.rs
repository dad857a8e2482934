//! The arguments as typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, builder::PossibleValue};

use super::{steering::Steering, study, value_parsers};
use crate::app;
use tauscope_core::diffusion::scheduler::Sampler;
use tauscope_runtime::{LibraryOptions, LowMemory, SessionOptions};
use tauscope_studio::{export::MapForm, painting::ModelSource, worker::EngineOptions};

/// Watch Stable Diffusion XL paint, see where every word looks, and steer it.
///
/// Without a subcommand the window opens.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) window: Window,
}

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one")]
pub(super) enum Command {
    /// Paint a picture and record where every word looks.
    Generate(Generate),
    /// Tell what a graph or a model folder holds, and what is intercepted.
    Inspect(Inspect),
    /// List the models at hand: the built-in one and those in the Hugging Face cache.
    Models(Models),
    /// Tell which words of a prompt belong to which thing in the picture.
    Entities(Entities),
    /// Run a study: paint prompts under several settings, and have the pictures judged.
    Evaluate(Box<study::Evaluate>),
    /// Answer a study's questions yourself, a picture at a time, without knowing how it was painted.
    Review(study::Review),
    /// Tell what studies found: tables and figures.
    Report(study::Report),
    /// Put the parts of a study together that were run with --shard.
    Merge(study::Merge),
}

/// What the window can be started with.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Window {
    #[command(flatten)]
    pub(super) model: Model,
    #[command(flatten)]
    pub(super) library: Library,
    #[command(flatten)]
    pub(super) sessions: Sessions,
}

impl Window {
    pub(super) fn options(&self) -> app::Options {
        let engine = self.sessions.engine(&self.library);
        app::Options { engine, model: self.model.source() }
    }
}

/// Which model.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Model {
    /// Folder of an SDXL model in ONNX form, or org/name[/folder] or the page's address of one on Hugging Face, which is
    /// downloaded once; the built-in model if not given
    #[arg(long, value_name = "DIR")]
    pub(super) model: Option<PathBuf>,
}

impl Model {
    pub(super) fn source(&self) -> ModelSource {
        self.model.clone().map_or(ModelSource::Embedded, ModelSource::Folder)
    }
}

/// Where ONNX Runtime comes from.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Library {
    /// The ONNX Runtime library to use; the environment variable ORT_DYLIB_PATH does the same
    #[arg(long, value_name = "FILE")]
    pub(super) ort_library: Option<PathBuf>,
    /// Never use the network
    #[arg(long)]
    pub(super) offline: bool,
}

impl Library {
    pub(super) fn options(&self) -> LibraryOptions {
        let found = LibraryOptions::from_environment();
        LibraryOptions {
            explicit: self.ort_library.clone().or(found.explicit),
            offline: self.offline,
            ..found
        }
    }
}

/// Where and how the model runs.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Sessions {
    /// Where to run; auto takes a GPU if the ONNX Runtime library has one and it starts, and says which
    #[arg(long, default_value = "auto", value_name = "DEVICE", value_parser = value_parsers::device())]
    device: value_parsers::WantedDevice,
    /// Intercept attention with standard operators only, as devices other than the CPU need it
    #[arg(long)]
    portable: bool,
    /// Save memory at the cost of time; "auto" does where the model is large for what is free
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    low_memory: Saving,
}

/// When memory is saved.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Saving {
    #[default]
    Auto,
    On,
    Off,
}

impl Sessions {
    /// What an engine is made with. The library has to have the device.
    pub(super) fn engine(&self, library: &Library) -> EngineOptions {
        let session = self.options();
        EngineOptions { library: LibraryOptions { device: session.device, ..library.options() }, session }
    }

    pub(super) fn options(&self) -> SessionOptions {
        let low_memory = match self.low_memory {
            Saving::Auto => LowMemory::Auto,
            Saving::On => LowMemory::On,
            Saving::Off => LowMemory::Off,
        };
        SessionOptions {
            device: self.device.0,
            portable: self.portable,
            low_memory,
            ..SessionOptions::default()
        }
    }
}

#[derive(Args, Debug)]
pub(super) struct Generate {
    /// What to paint; "(word:1.2)" weighs a word
    #[arg(long, value_name = "TEXT", required_unless_present = "like")]
    pub(super) prompt: Option<String>,
    /// A PNG picture to paint again, of Tauscope or of another program, with the settings that it carries; the other
    /// options change them
    #[arg(long, value_name = "FILE")]
    pub(super) like: Option<PathBuf>,
    /// What to keep out; "" is encoded as an empty prompt, leaving it out means none
    #[arg(long, value_name = "TEXT")]
    pub(super) negative: Option<String>,
    /// Number of steps; what suits the model if not given: 25, or 4 to 6 for one that was distilled
    #[arg(long, value_name = "N")]
    pub(super) steps: Option<usize>,
    /// Classifier-free guidance scale; 1 or less runs the prompt alone; what suits the model if not given: 6, or less
    #[arg(long, value_name = "SCALE", allow_negative_numbers = true)]
    pub(super) guidance: Option<f32>,
    /// Seed of the noise; a random one if not given (it is reported)
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// Width x height in pixels, multiples of 32; the model's own size if not given
    #[arg(long, value_name = "WxH", value_parser = value_parsers::size)]
    pub(super) size: Option<(usize, usize)>,
    /// Sampler; the one that the model was saved with if not given
    #[arg(long, value_name = "NAME", value_parser = value_parsers::sampler())]
    pub(super) sampler: Option<Sampler>,
    /// Folder for what is written, made if missing
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Which forms of the maps to write besides the picture
    #[arg(long, value_delimiter = ',', value_name = "FORM,...")]
    pub(super) maps: Vec<MapArgument>,
    /// Draw all words on one scale, so that they can be compared, instead of each on its own
    #[arg(long)]
    pub(super) same_scale: bool,
    /// Initial noise instead of the seed's: a .npy file, [1, 4, height/8, width/8] f32, unit normal
    #[arg(long, value_name = "FILE")]
    pub(super) latents: Option<PathBuf>,
    /// Write the picture without the settings in it
    #[arg(long)]
    pub(super) no_metadata: bool,
    /// Paint the same seed without control too, and write both side by side with their difference
    #[arg(long)]
    pub(super) compare: bool,
    /// Print one JSON object about the run to standard output
    #[arg(long)]
    pub(super) json: bool,
    /// Print nothing but errors (and what --json asks for)
    #[arg(long, short)]
    pub(super) quiet: bool,
    #[command(flatten)]
    pub(super) steering: Steering,
    #[command(flatten)]
    pub(super) model: Model,
    #[command(flatten)]
    pub(super) library: Library,
    #[command(flatten)]
    pub(super) sessions: Sessions,
}

/// A form of maps, as it is typed.
#[derive(Clone, Copy, Debug)]
pub(super) struct MapArgument(pub(super) MapForm);

impl ValueEnum for MapArgument {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self(MapForm::Npz),
            Self(MapForm::Png),
            Self(MapForm::Gif),
            Self(MapForm::Apng),
            Self(MapForm::Json),
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self.0 {
            MapForm::Npz => {
                ("npz", "Raw maps of every layer and step, and the words' aggregated maps, as NumPy arrays")
            }
            MapForm::Png => ("png", "One heatmap per word and step, and one contact sheet of them all"),
            MapForm::Gif => ("gif", "One animation per word"),
            MapForm::Apng => ("apng", "The same as animated PNG, which keeps every colour"),
            MapForm::Json => (
                "json",
                "What is measured of them at each step: focus, overlaps, leaks, and where each word was decided",
            ),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

#[derive(Args, Debug)]
pub(super) struct Inspect {
    /// Any .onnx file, any folder with some, or org/name or the page's address of an SDXL model on Hugging Face; the built-in
    /// model if not given
    #[arg(value_name = "PATH")]
    model: Option<PathBuf>,
    /// Run the UNet with and without interception and compare
    #[arg(long)]
    pub(super) self_test: bool,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) library: Library,
    #[command(flatten)]
    pub(super) sessions: Sessions,
}

#[derive(Args, Debug)]
pub(super) struct Entities {
    /// The prompt, in English
    #[arg(value_name = "PROMPT")]
    pub(super) prompt: String,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Args, Debug)]
pub(super) struct Models {
    /// Print one JSON object instead of text
    #[arg(long)]
    pub(super) json: bool,
}

impl Inspect {
    pub(super) fn source(&self) -> ModelSource {
        self.model.clone().map_or(ModelSource::Embedded, ModelSource::Folder)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_make_sense_to_clap() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn devices_are_read() {
        fn check(argument: &str, expected: Option<tauscope_runtime::Device>) {
            let arguments = Arguments::try_parse_from(["tauscope", "--device", argument]).unwrap();
            assert_eq!(arguments.window.sessions.options().device, expected, "{argument}");
        }
        check("auto", None);
        for device in tauscope_runtime::Device::ALL {
            check(device.argument(), Some(device));
        }
    }

    #[test]
    fn wrong_arguments_are_refused() {
        fn check(arguments: &str, expected: bool) {
            let words = ["tauscope"].into_iter().chain(arguments.split_whitespace());
            assert_eq!(Arguments::try_parse_from(words).is_ok(), expected, "{arguments}");
        }
        check("", true);
        check("generate --prompt cat", true);
        check("generate", false);
        check("generate --like a.png", true);
        check("generate --like a.png --prompt cat --steps 3", true);
        check("generate --prompt cat --tau 3", false);
        check("generate --prompt cat --tau nan", false);
        check("generate --prompt cat --sampler euler-a", true);
        check("generate --prompt cat --sampler plms", false);
        check("generate --prompt cat --maps npz,png,gif,apng,json --same-scale", true);
        check("generate --prompt cat --maps jpg", false);
        check("generate --prompt cat --maps bmp", false);
        check("generate --prompt cat --guidance -1", true);
        check("inspect --self-test --portable", true);
        check("generate --prompt cat --device directml --portable", true);
        check("generate --prompt cat --device tpu", false);
        check("--device cuda", true);
        check("entities cat --json", true);
        check("entities", false);
    }
}
