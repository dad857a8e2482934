//! One error type for the whole library.
//!
//! Kinds say who can do something about it; every message says what happened and what to do next, in full
//! sentences, because the window and the command line show it as it is. What this is not: a log of causes. A
//! lower error is read once, where it is turned into a sentence.

use std::{
    io,
    path::{Path, PathBuf},
};

/// The library's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong, by who can mend it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A folder that is no usable SDXL model.
    #[error("{} cannot be used as a model: {problem} {remedy}", path.display())]
    Model {
        /// The folder or the file in it.
        path: PathBuf,
        /// What is wrong, a sentence.
        problem: String,
        /// What to do, a sentence.
        remedy: String,
    },
    /// A graph that is no ONNX, or of a form that cannot be worked on.
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
    /// ONNX Runtime refused or failed while it worked.
    #[error("ONNX Runtime failed while {doing}: {detail}")]
    Runtime {
        /// "loading the UNet", "running step 3".
        doing: String,
        /// The runtime's own words, and a remedy where one is known.
        detail: String,
    },
    /// Something the person asked for that cannot be done as asked.
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
    /// The job was cancelled; nobody needs to be told why.
    #[error("Cancelled.")]
    Cancelled,
    /// A panic or a broken promise inside the program.
    #[error("Tauscope made a mistake: {0} Nothing is lost; please report this.")]
    Internal(String),
}

impl Error {
    /// A graph's fault.
    pub fn graph(graph: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Graph(tauscope_onnx::Error::new(graph, problem))
    }

    /// A model folder's fault.
    pub fn model(path: impl Into<PathBuf>, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Model { path: path.into(), problem: problem.into(), remedy: remedy.into() }
    }

    /// A wish that cannot be met.
    pub fn input(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Input { problem: problem.into(), remedy: remedy.into() }
    }

    /// For `map_err` on a read of `path`.
    pub fn reading(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { doing: "Reading", path: path.to_owned(), source }
    }

    /// For `map_err` on a write to `path`.
    pub fn writing(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { doing: "Writing", path: path.to_owned(), source }
    }
}

/// The system's words with the step that helps.
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
