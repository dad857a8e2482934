//! From a file of a model folder to a session: its graph is read and fitted to the device, its weights are left where
//! they lie. What is done to a graph in between is up to the caller.

use ort::{operator::OperatorDomain, session::Session};

use super::{Runtime, SessionOptions, can_run, open_session, weight_files};
use tauscope_core::{
    CancelToken,
    error::Result,
    model::{FileStamps, Files},
};
use tauscope_onnx::Graph;

/// Makes sessions of a folder's graphs without copying their weights.
pub(super) struct SessionLoader<'a> {
    pub(super) runtime: &'a Runtime,
    pub(super) files: &'a Files,
    pub(super) stamps: &'a FileStamps,
    pub(super) options: &'a SessionOptions,
    pub(super) cancel: &'a CancelToken,
}

impl SessionLoader<'_> {
    /// A session of the graph as it was exported.
    ///
    /// # Errors
    /// As [`Self::graph`] and [`Self::session`].
    pub(super) fn plain(&self, file: &str, doing: &str) -> Result<Session> {
        let mut graph = self.graph(file, file)?;
        graph.unpack();
        self.session(graph, file, None, doing)
    }

    /// The graph as it is run. A device that computes in single precision, without prepacking, casts each weight right
    /// before it is used, so that weights stay as they are stored.
    pub(super) fn stored(&self, graph: Graph) -> Graph {
        let device = self.options.device.unwrap_or_default();
        if device.description().computes_half || self.options.prepack {
            return graph;
        }
        graph.clone().widened().unwrap_or(graph)
    }

    /// Reads a graph.
    ///
    /// # Errors
    /// [`Error::Model`](tauscope_core::Error::Model) if a file of the model has changed,
    /// [`Error::Graph`](tauscope_core::Error::Graph) if it cannot be read or the device cannot run it,
    /// [`Error::File`](tauscope_core::Error::File), [`Error::Cancelled`](tauscope_core::Error::Cancelled).
    pub(super) fn graph(&self, name: &str, file: &str) -> Result<Graph> {
        self.cancel.check()?;
        self.stamps.check(self.files)?;
        let graph = Graph::parse(name, self.files.read(file)?)?;
        can_run::check(self.options.device.unwrap_or_default(), &graph)?;
        Ok(graph)
    }

    /// Makes a session of `graph`, which was read from `file`. ONNX Runtime maps weights that lie in a file; the embedded
    /// model's are in the graph.
    ///
    /// # Errors
    /// As [`weight_files::refer`] and [`open_session`]; [`Error::Model`](tauscope_core::Error::Model) if a file of the model
    /// has changed, also while the session was made.
    pub(super) fn session(
        &self,
        mut graph: Graph,
        file: &str,
        operators: Option<OperatorDomain>,
        doing: &str,
    ) -> Result<Session> {
        let folder = weight_files::refer(&mut graph, file, self.files)?;
        // Some of the graph may still be in its mapped file.
        self.stamps.check(self.files)?;
        let session = open_session(
            self.runtime,
            &graph.to_bytes()?,
            folder.as_deref(),
            self.options,
            operators,
            doing,
            self.cancel,
        )?;
        self.stamps.check(self.files)?;
        Ok(session)
    }
}
