//! One error type for all of Tauscope.
//!
//! The window and the command line show messages unchanged, so each says in full sentences what happened and what to do
//! next. Errors keep no chain of causes: a lower error becomes part of the message.

use std::{
    io,
    path::{Path, PathBuf},
};

/// A result with Tauscope's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong, by what can be done about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A folder that is not a usable SDXL model.
    #[error("{} cannot be used as a model: {problem} {remedy}", path.display())]
    Model {
        /// The folder, or a file in it.
        path: PathBuf,
        /// What is wrong, a sentence.
        problem: String,
        /// What to do, a sentence.
        remedy: String,
    },
    /// A file that is not an ONNX graph, or a graph in an unsupported form.
    #[error(transparent)]
    Graph(#[from] tauscope_onnx::Error),
    /// ONNX Runtime could not be found, fetched or loaded.
    #[error("{problem} {remedy}")]
    Library {
        /// What was tried and how each try ended.
        problem: String,
        /// The command that fixes it.
        remedy: String,
    },
    /// ONNX Runtime failed.
    #[error("ONNX Runtime failed while {doing}: {detail}")]
    Runtime {
        /// "loading the UNet", "running step 3".
        doing: String,
        /// ONNX Runtime's message, and a remedy if one is known.
        detail: String,
    },
    /// A request that cannot be fulfilled.
    #[error("{problem} {remedy}")]
    Input {
        /// What is wrong, a sentence.
        problem: String,
        /// What to do, a sentence.
        remedy: String,
    },
    /// A file that could not be read or written.
    #[error("{doing} {} failed: {}", path.display(), io_advice(source))]
    File {
        /// "Reading", "Writing".
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The job was cancelled.
    #[error("Cancelled.")]
    Cancelled,
    /// A panic or a bug in the program.
    #[error("Tauscope made a mistake: {0} Nothing is lost; please report this.")]
    Internal(String),
}

impl Error {
    /// A problem with a graph.
    pub fn graph(graph: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Graph(tauscope_onnx::Error::new(graph, problem))
    }

    /// A problem with a model folder.
    pub fn model(path: impl Into<PathBuf>, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Model { path: path.into(), problem: problem.into(), remedy: remedy.into() }
    }

    /// A request that cannot be fulfilled.
    pub fn input(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Input { problem: problem.into(), remedy: remedy.into() }
    }

    /// For `map_err` when reading `path` fails.
    pub fn reading(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { doing: "Reading", path: path.to_owned(), source }
    }

    /// For `map_err` when writing `path` fails.
    pub fn writing(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { doing: "Writing", path: path.to_owned(), source }
    }
}

/// For what is written by others' crates, which know the system's errors alone; [`crate::write_file`] takes it out again.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::other(error)
    }
}

/// The system's message with advice.
fn io_advice(source: &io::Error) -> String {
    let advice = match source.kind() {
        io::ErrorKind::NotFound => "Check the path.",
        io::ErrorKind::PermissionDenied => "Choose a place that you may write to, or change its permissions.",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "Free some space or choose another disk, then try again."
        }
        io::ErrorKind::ReadOnlyFilesystem => "Choose a place that can be written to.",
        _ => "Try again, or choose another place.",
    };
    format!("{source}. {advice}")
}
