//! What is wrong with a graph.

/// The result of work on a graph.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A graph that is no ONNX, or of a form that cannot be worked on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The graph {graph} cannot be used: {problem}")]
pub struct Error {
    /// Which graph ("unet", or a path).
    pub graph: String,
    /// What is wrong and what to do, sentences.
    pub problem: String,
}

impl Error {
    /// The fault of a graph.
    pub fn new(graph: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { graph: graph.into(), problem: problem.into() }
    }
}
