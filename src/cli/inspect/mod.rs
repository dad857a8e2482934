//! `tauscope inspect`: what a graph, a model or any other folder holds, what would be intercepted, and whether that
//! changes anything.
//!
//! All that is found lies in [`Findings`]: serde makes the JSON of it (docs/headless.md names the fields) and `Display`
//! a page of text, so both say the same. Only graphs and configurations are read, no weights.

mod attention;
mod folder;
mod graph;
mod sdxl;
#[cfg(test)]
mod tests;
mod text;

use std::{
    fmt,
    path::{Path, PathBuf},
};

use serde::Serialize;

use self::{attention::AttentionFacts, folder::FolderFacts, graph::GraphFacts, sdxl::ModelFacts};
use super::{args::Inspect, output, report::Report};
use tauscope_core::{
    CancelToken,
    error::{Error, Result},
    model::{Files, ModelFolder},
};
use tauscope_runtime::{Runtime, SelfTest, choose_device, self_test};
use tauscope_studio::{painting::ModelSource, worker::EngineOptions};

/// What lies at a path.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "there is one")]
enum Findings {
    /// One graph of any model.
    Graph {
        #[serde(flatten)]
        graph: GraphFacts,
        #[serde(flatten)]
        attention: AttentionFacts,
    },
    /// A model that can be painted with.
    Sdxl(ModelFacts),
    /// Any other folder with graphs in it.
    Folder(FolderFacts),
}

/// Prints what is found. If that cannot be used as it is, the reason is an error after it.
pub(super) fn run(arguments: &Inspect, cancel: &CancelToken) -> Result<()> {
    let findings = match arguments.source() {
        ModelSource::Embedded => model(&ModelFolder::embedded()?, arguments, cancel)?,
        ModelSource::Folder(path) => at(&path, arguments, cancel)?,
    };
    output::line(&if arguments.json {
        serde_json::to_string_pretty(&findings)
            .map_err(|error| Error::Internal(format!("the findings are no JSON ({error}).")))?
    } else {
        findings.to_string().trim_end().to_owned()
    })?;
    findings.fault().map_or(Ok(()), Err)
}

/// What lies at `path`, or the repository of this name.
fn at(path: &Path, arguments: &Inspect, cancel: &CancelToken) -> Result<Findings> {
    let is_page = path.to_str().is_some_and(tauscope_hub::is_address);
    if path.is_file() || (folder::is_onnx(path) && !path.is_dir() && !is_page) {
        return if arguments.self_test { Err(nothing_to_test(path)) } else { file(path) };
    }
    let mut report = Report::new(arguments.json);
    let mut follow = |progress: tauscope_hub::DownloadProgress<'_>| {
        report.stage(&progress.to_string(), progress.fraction())
    };
    let opened = tauscope_hub::open(path, arguments.library.offline, &mut follow, cancel);
    report.end();
    match opened {
        Ok(folder) => model(&folder, arguments, cancel),
        Err(problem) if path.is_dir() && !arguments.self_test => {
            FolderFacts::of(path, problem).map(Findings::Folder)
        }
        Err(problem) => Err(problem),
    }
}

/// What a single file holds.
fn file(path: &Path) -> Result<Findings> {
    let files = Files::Folder(path.parent().map_or_else(PathBuf::new, Path::to_owned));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match graph::read(&files, &name) {
        Ok(graph) => Ok(Findings::Graph {
            attention: AttentionFacts::of(&graph),
            graph: GraphFacts::of(&graph, &files),
        }),
        Err(error) if folder::is_onnx(path) => Err(error),
        // Without the ending of a graph the file is something else, and the error should say what.
        Err(error) => Err(ModelFolder::open(path).err().unwrap_or(error)),
    }
}

fn model(folder: &ModelFolder, arguments: &Inspect, cancel: &CancelToken) -> Result<Findings> {
    let test = arguments.self_test.then(|| tested(folder, arguments, cancel)).transpose()?;
    ModelFacts::of(folder, test).map(Findings::Sdxl)
}

fn tested(folder: &ModelFolder, arguments: &Inspect, cancel: &CancelToken) -> Result<SelfTest> {
    let mut report = Report::new(arguments.json);
    let EngineOptions { library, session: options } = arguments.sessions.engine(&arguments.library);
    let runtime =
        Runtime::start(&library, &mut |fetch| report.stage(&fetch.to_string(), fetch.fraction()), cancel)?;
    report.stage("Running the UNet with and without interception", None);
    let chosen = choose_device(&runtime, &options, cancel)?;
    if let Some(remark) = chosen.remark() {
        report.remark(&format!("Running on {} ({remark})", chosen.device));
    }
    let result = self_test(&runtime, folder, &chosen.session(&options), cancel);
    report.end();
    result
}

fn nothing_to_test(path: &Path) -> Error {
    Error::input(
        format!("{} is a single graph, and the self-test runs a whole model.", path.display()),
        "Choose the model's folder, or leave out --self-test.",
    )
}

impl Findings {
    /// Why what was found cannot be used as it is.
    fn fault(self) -> Option<Error> {
        match self {
            Self::Graph { graph, .. } => graph.fault,
            Self::Folder(folder) => Some(folder.problem),
            Self::Sdxl(model) => model.self_test.filter(|test| !test.passed()).map(|_| {
                Error::graph(
                    "unet",
                    "interception changes what this model paints, so its maps cannot be trusted. Please report this \
                     with the output of `tauscope inspect`.",
                )
            }),
        }
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Graph { graph, attention } => write!(f, "{graph}\n{attention}"),
            Self::Sdxl(model) => model.fmt(f),
            Self::Folder(folder) => folder.fmt(f),
        }
    }
}
