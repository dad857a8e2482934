//! `tauscope inspect`: what a model folder holds, what would be intercepted, and whether that changes anything.

use std::{fmt::Write, path::Path};

use serde_json::{Value, json};

use super::{args::Inspect, output, report::Report};
use crate::{
    diffusion::CancelToken,
    error::{Error, Result},
    hub,
    model::ModelFolder,
    onnx::{AttentionKind, AttentionLayer, Dim, Graph, Inventory, Port, Survey, survey},
    operators,
    runtime::{Runtime, SelfTest, self_test},
    worker::ModelSource,
};

/// Prints what is found, then the self-test's result if it is asked for.
pub(super) fn run(arguments: &Inspect, cancel: &CancelToken) -> Result<()> {
    let folder = match arguments.source() {
        ModelSource::Embedded => ModelFolder::embedded()?,
        ModelSource::Folder(path) => found(&path, arguments, cancel)?,
    };
    let [first, second] = &folder.text_encoders;
    let mut graphs = Vec::new();
    for file in [&folder.unet.file, &first.file, &second.file, &folder.vae.file] {
        graphs.push(Graph::parse(file, folder.files.read(file)?)?);
    }
    let found = survey(&graphs[0]);
    let test = if arguments.self_test { Some(tested(&folder, arguments, cancel)?) } else { None };

    output::line(&if arguments.json {
        serde_json::to_string_pretty(&as_json(&folder, &graphs, &found, test.as_ref()))
            .map_err(|error| Error::Internal(format!("the findings are no JSON ({error}).")))?
    } else {
        as_text(&folder, &graphs, &found, test.as_ref()).trim_end().to_owned()
    })?;
    match test {
        Some(test) if !test.passed() => Err(Error::graph(
            "unet",
            "interception changes what this model paints, so its maps cannot be trusted. Please report this with the \
             output of `tauscope inspect`.",
        )),
        _ => Ok(()),
    }
}

/// The folder, or the repository of this name.
fn found(path: &Path, arguments: &Inspect, cancel: &CancelToken) -> Result<ModelFolder> {
    let mut report = Report::new(arguments.json);
    let mut tell = |progress: hub::Progress| report.stage(&progress.to_string(), progress.fraction());
    let folder = hub::open(path, arguments.library.offline, &mut tell, cancel);
    report.end();
    folder
}

fn tested(folder: &ModelFolder, arguments: &Inspect, cancel: &CancelToken) -> Result<SelfTest> {
    let mut report = Report::new(arguments.json);
    let runtime = Runtime::start(
        &arguments.library.options(),
        &mut |fetch| report.stage(&fetch.stage.to_string(), fetch.fraction()),
        cancel,
    )?;
    report.stage("Running the UNet with and without interception", None);
    let result = self_test(&runtime, folder, &arguments.sessions.options(), cancel);
    report.end();
    result
}

fn as_text(folder: &ModelFolder, graphs: &[Graph], found: &Survey, test: Option<&SelfTest>) -> String {
    let mut text = format!(
        "{}: SDXL, {} px, {}, {:.1} MB of weights\n",
        folder.name,
        folder.native_size,
        folder.scheduler.class_name,
        folder.weight_bytes() as f64 / 1e6
    );
    for graph in graphs {
        let Inventory { opsets, producer, nodes, weight_bytes, .. } = graph.inventory();
        let opsets = opsets.iter().map(|(domain, version)| match domain.as_str() {
            "" => format!("opset {version}"),
            domain => format!("{domain} {version}"),
        });
        let weights =
            weight_bytes.iter().map(|(dtype, bytes)| format!("{:.1} MB {dtype}", *bytes as f64 / 1e6));
        line(&mut text, &format!("\n{}", graph.name()));
        line(
            &mut text,
            &format!("  {}, {nodes} nodes, weights {}, by {producer}", list(opsets), list(weights)),
        );
        let signature = graph.signature();
        line(&mut text, &format!("  in   {}", list(signature.inputs.iter().map(port))));
        line(&mut text, &format!("  out  {}", list(signature.outputs.iter().map(port))));
    }
    line(&mut text, &format!("\nIntercepted: {} attention layers", found.layers.len()));
    for layer in &found.layers {
        line(
            &mut text,
            &format!(
                "  {:5}  {:2} x {:3}  {}",
                kind(layer),
                layer.heads,
                layer.head_size,
                layer.name.as_str()
            ),
        );
    }
    if !found.unmatched.is_empty() {
        line(&mut text, &format!("\nLeft alone: {} nodes", found.unmatched.len()));
        for unmatched in &found.unmatched {
            line(&mut text, &format!("  {}: {}", unmatched.node, unmatched.reason));
        }
    }
    if let Some(test) = test {
        let ratio = test.intercepted.as_secs_f64() / test.untouched.as_secs_f64();
        line(
            &mut text,
            &format!(
                "\nSelf-test {}: the largest difference is {:.1e} (up to {:.0e} is accepted); maps' rows sum to 1 \
                 within {:.1e}; operators on {}; one step took {:.0} ms untouched, {:.0} ms intercepted ({ratio:.2})",
                if test.passed() { "passed" } else { "FAILED" },
                test.worst,
                test.tolerance,
                test.worst_row_sum,
                operators::simd_name(),
                test.untouched.as_secs_f64() * 1e3,
                test.intercepted.as_secs_f64() * 1e3,
            ),
        );
    }
    text
}

fn as_json(folder: &ModelFolder, graphs: &[Graph], found: &Survey, test: Option<&SelfTest>) -> Value {
    let ports = |ports: &[Port]| ports.iter().map(port).collect::<Vec<_>>();
    json!({
        "name": folder.name,
        "native_size": folder.native_size,
        "scheduler": folder.scheduler,
        "weight_bytes": folder.weight_bytes(),
        "graphs": graphs.iter().map(|graph| {
            let (inventory, signature) = (graph.inventory(), graph.signature());
            json!({
                "file": graph.name(),
                "opsets": inventory.opsets,
                "producer": inventory.producer,
                "nodes": inventory.nodes,
                "weight_bytes": inventory.weight_bytes.iter().map(|(d, b)| (d.to_string(), *b)).collect::<Vec<_>>(),
                "inputs": ports(&signature.inputs),
                "outputs": ports(&signature.outputs),
            })
        }).collect::<Vec<_>>(),
        "layers": found.layers.iter().map(|layer| json!({
            "name": layer.name.as_str(),
            "kind": kind(layer),
            "heads": layer.heads,
            "head_size": layer.head_size,
        })).collect::<Vec<_>>(),
        "left_alone": found.unmatched.iter().map(|unmatched| json!({
            "node": unmatched.node,
            "reason": unmatched.reason,
        })).collect::<Vec<_>>(),
        "self_test": test.map(|test| json!({
            "passed": test.passed(),
            "largest_difference": test.worst,
            "tolerance": test.tolerance,
            "largest_row_sum_deviation": test.worst_row_sum,
            "untouched_seconds": test.untouched.as_secs_f64(),
            "intercepted_seconds": test.intercepted.as_secs_f64(),
            "simd": operators::simd_name(),
        })),
    })
}

fn kind(layer: &AttentionLayer) -> &'static str {
    match layer.kind {
        AttentionKind::SelfAttention => "self",
        AttentionKind::CrossAttention => "cross",
    }
}

/// "sample f32 [batch_size, 4, height, width]"
fn port(port: &Port) -> String {
    let dims = port.shape.iter().map(|dim| match dim {
        Dim::Fixed(length) => length.to_string(),
        Dim::Named(name) => name.clone(),
        Dim::Unknown => "?".to_owned(),
    });
    format!("{} {} [{}]", port.name, port.dtype, list(dims))
}

fn list(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

fn line(text: &mut String, line: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{line}");
}
