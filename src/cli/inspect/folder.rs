//! A folder that is no SDXL model: what it is instead, and the graphs in it.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::graph::{self, GraphFacts};
use tauscope_core::{
    error::{Error, Result},
    model::{Files, python_json},
};

/// How deep the search for graphs goes.
const DEEPEST: usize = 4;
/// The most entries that the search looks at, so that it never reads a whole disk.
const MOST_ENTRIES: usize = 20_000;
/// The most graphs that the page names.
const MOST_LINES: usize = 40;

/// A folder that is no SDXL model.
#[derive(Debug, Serialize)]
pub(super) struct FolderFacts {
    path: PathBuf,
    /// What its own configuration calls it, if that is there.
    class: Option<String>,
    /// Why it is no model to paint with, and what to do.
    #[serde(serialize_with = "as_sentence")]
    pub(super) problem: Error,
    graphs: Vec<GraphLine>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum GraphLine {
    Read(Box<GraphFacts>),
    Broken { file: String, problem: String },
}

impl FolderFacts {
    /// What `path` holds, which is no model because of `problem`.
    ///
    /// # Errors
    /// `problem` itself, where there is no graph either.
    pub(super) fn of(path: &Path, problem: Error) -> Result<Self> {
        let mut found = Vec::new();
        let mut left = MOST_ENTRIES;
        walk(path, String::new(), DEEPEST, &mut left, &mut found);
        if found.is_empty() {
            return Err(problem);
        }
        found.sort();
        let files = Files::Folder(path.to_owned());
        let line = |file: String| match graph::read(&files, &file) {
            Ok(graph) => GraphLine::Read(Box::new(GraphFacts::of(&graph, &files))),
            Err(error) => GraphLine::Broken { file, problem: error.to_string() },
        };
        Ok(Self {
            path: path.to_owned(),
            class: class(&files),
            problem,
            graphs: found.into_iter().map(line).collect(),
        })
    }
}

/// The .onnx files below `folder`, as seen from where the walk began.
fn walk(folder: &Path, inside: String, depth: usize, left: &mut usize, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (name, path) = (entry.file_name().to_string_lossy().into_owned(), entry.path());
        let Some(less) = left.checked_sub(1) else { return };
        *left = less;
        let relative = format!("{inside}{name}");
        if name.starts_with('.') {
            continue;
        } else if is_onnx(&path) && path.is_file() {
            found.push(relative);
        } else if depth > 1 && path.is_dir() {
            walk(&path, format!("{relative}/"), depth - 1, left, found);
        }
    }
}

/// Whether a file is called like a graph.
pub(super) fn is_onnx(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("onnx"))
}

/// The pipeline's class, or the model's, or what kind of model it is.
fn class(files: &Files) -> Option<String> {
    let read = |file: &str| python_json::parse(&files.read(file).ok()?).ok();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    [read("model_index.json"), read("config.json")].into_iter().flatten().find_map(|config| {
        let named = ["/_class_name", "/architectures/0", "/model_type"];
        named.into_iter().find_map(|pointer| config.pointer(pointer).and_then(text))
    })
}

fn as_sentence<S: Serializer>(problem: &Error, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(problem)
}

impl fmt::Display for FolderFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: no SDXL model", self.path.display())?;
        writeln!(f, "  {}", self.problem)?;
        if let Some(class) = &self.class {
            writeln!(f, "  Its configuration names {class}.")?;
        }
        writeln!(f, "\nGraphs in it")?;
        for line in self.graphs.iter().take(MOST_LINES) {
            match line {
                GraphLine::Read(graph) => writeln!(f, "  {}: {}", graph.file, graph.summary())?,
                // It begins with the file.
                GraphLine::Broken { problem, .. } => writeln!(f, "  {problem}")?,
            }
        }
        match self.graphs.len().saturating_sub(MOST_LINES) {
            0 => Ok(()),
            more => writeln!(f, "  and {more} more, which --json lists"),
        }
    }
}
