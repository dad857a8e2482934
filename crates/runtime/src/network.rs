//! A session of any graph: a judge's detector, CLIP, a reward model.
//!
//! What this is not: a model that paints ([`Sdxl`](super::Sdxl)). It has no custom operators, and nothing in it is
//! recorded or steered.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use ndarray::{ArrayD, ArrayViewD, IxDyn};
use ort::{session::Session, value::DynValue};

use super::{Runtime, SessionOptions, can_run, open_session, run, session_loader::SessionLoader, tensor};
use tauscope_core::{
    CancelToken,
    error::{Error, Result},
    model::{FileStamps, Files},
};
use tauscope_onnx::{DType, Graph, Port, Signature};

/// Values for one input.
#[derive(Clone, Debug)]
pub enum Feed<'a> {
    /// Numbers: pictures. Converted to the float that the graph takes.
    F32(ArrayViewD<'a, f32>),
    /// Integers: token ids. Converted to the integer that the graph takes.
    I64(ArrayViewD<'a, i64>),
}

/// A graph that can be run.
#[derive(Debug)]
pub struct Network {
    name: String,
    files: Vec<PathBuf>,
    signature: Signature,
    session: Session,
}

impl Network {
    /// Opens the graph in a file. Its weights, if it keeps them elsewhere, lie beside it.
    ///
    /// # Errors
    /// [`Error::File`] if a file cannot be read, [`Error::Graph`] if it is no graph or has operators that the device does
    /// not run, [`Error::Runtime`] with `doing` ("loading CLIP") in its words, [`Error::Cancelled`].
    pub fn open(
        runtime: &Runtime,
        file: &Path,
        options: &SessionOptions,
        doing: &str,
        cancel: &CancelToken,
    ) -> Result<Self> {
        let no_name = || Error::input(format!("{} is no file.", file.display()), "Name an ONNX graph.");
        let file_name = file.file_name().and_then(|name| name.to_str()).ok_or_else(no_name)?;
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let files = Files::Folder(folder.unwrap_or(Path::new(".")).to_owned());
        let stamps = FileStamps::default();
        let loader = SessionLoader { runtime, files: &files, stamps: &stamps, options, cancel };
        let mut graph = loader.graph(&file.display().to_string(), file_name)?;
        graph.unpack();
        let weights = graph.inventory().external_files.into_iter();
        let weights = weights.map(|external| file.with_file_name(external.location));
        Ok(Self {
            name: graph.name().to_owned(),
            files: [file.to_owned()].into_iter().chain(weights).collect(),
            signature: graph.signature(),
            session: loader.session(graph, file_name, None, doing)?,
        })
    }

    /// Opens a graph in the program, which holds its own weights. Messages call it `name`.
    ///
    /// # Errors
    /// As [`Self::open`], but for files.
    pub fn embedded(
        runtime: &Runtime,
        name: &str,
        graph: &'static [u8],
        options: &SessionOptions,
        doing: &str,
        cancel: &CancelToken,
    ) -> Result<Self> {
        let mut graph = Graph::parse(name, Bytes::from_static(graph))?;
        can_run::check(options.device.unwrap_or_default(), &graph)?;
        graph.unpack();
        let session = open_session(runtime, &graph.to_bytes()?, None, options, None, doing, cancel)?;
        Ok(Self { name: name.to_owned(), files: Vec::new(), signature: graph.signature(), session })
    }

    /// The files of its graph and of its weights; none if it is in the program.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// What it takes and gives: names, types and shapes.
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Runs it once, with a value for each input. All outputs of floating point come back, as f32; others are left out.
    /// Rows are repeated where an input is fixed to more than are given; the first ones of the output then count.
    ///
    /// # Errors
    /// [`Error::Graph`] if an input is unknown, missing or of another kind, [`Error::Runtime`] with `doing` ("scoring a
    /// picture") in its words, [`Error::Cancelled`].
    pub fn run(
        &mut self,
        inputs: &[(&str, Feed<'_>)],
        doing: &str,
        cancel: &CancelToken,
    ) -> Result<BTreeMap<String, ArrayD<f32>>> {
        let fed = |port: &Port| inputs.iter().any(|(name, _)| *name == port.name);
        if let Some(hungry) = self.signature.inputs.iter().find(|port| !fed(port)) {
            let problem = format!("it wants an input {}, which it does not get here.", hungry.name);
            return Err(Error::graph(&self.name, problem));
        }
        let values = inputs.iter().map(|(name, feed)| Ok(((*name).to_owned(), self.value(name, feed)?)));
        let values = values.collect::<Result<Vec<_>>>()?;
        let is_float = |port: &&Port| matches!(port.dtype, DType::F16 | DType::F32 | DType::F64);
        let wanted: Vec<&str> =
            self.signature.outputs.iter().filter(is_float).map(|port| port.name.as_str()).collect();
        run(&mut self.session, values, doing, cancel, |outputs| {
            let read = |name: &&str| Ok(((*name).to_owned(), tensor::output::<IxDyn>(outputs, name)?));
            wanted.iter().map(read).collect()
        })
    }

    fn value(&self, name: &str, feed: &Feed<'_>) -> Result<DynValue> {
        let port = self.signature.input(name).ok_or_else(|| {
            let takes: Vec<_> = self.signature.inputs.iter().map(|port| port.name.as_str()).collect();
            Error::graph(&self.name, format!("it has no input {name}; it takes {}.", takes.join(", ")))
        })?;
        match feed {
            Feed::F32(array) => tensor::input(port, array.view()),
            Feed::I64(array) => tensor::integers(port, array.view()),
        }
    }
}
