//! The pages and the JSON, of real graphs and of broken ones.

use std::{fs, path::Path};

use clap::Parser;
use serde_json::{Value, json};

use super::*;
use crate::cli::args::{Arguments, Command};

fn inspect(path: &str) -> Result<Findings> {
    let arguments = Arguments::try_parse_from(["tauscope", "inspect", "--json", "--offline", path]).unwrap();
    let Some(Command::Inspect(arguments)) = arguments.command else { panic!("another command") };
    at(Path::new(path), &arguments, &CancelToken::new())
}

fn repository(path: &str) -> String {
    format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))
}

fn as_json(findings: &Findings) -> Value {
    serde_json::to_value(findings).unwrap()
}

#[test]
fn a_graph_is_explained_in_a_page() {
    fn check(path: &str, expected: &[&str]) {
        let page = inspect(&repository(path)).unwrap().to_string();
        assert!(page.lines().count() < 30, "longer than a page:\n{page}");
        for expected in expected {
            assert!(page.contains(expected), "{expected:?} is not in\n{page}");
        }
    }
    check(
        "crates/onnx/tests/fixtures/form_e.onnx",
        &[
            "form_e.onnx\n  opset 18, by onnx.utils.extract_model\n  149 nodes: 46 Constant, ",
            "in   /down_blocks.1/attentions.0/proj_in/Add_output_0 f32 [batch_size, patches, 8], encoder_hidden_states f32",
            "Intercepted: 2 attention layers\n  down_blocks.1: 1 cross, 1 self, 2 heads of 4, scale 0.5000\n",
        ],
    );
    check(
        "models/scenes/text_encoder/model.onnx",
        &[
            "Intercepted: 0 attention layers\nLeft alone: 3 nodes\n  It belongs to no transformer block",
            "in   input_ids i64 [batch_size, sequence_length]",
        ],
    );
    check(
        "models/scenes/unet/model.onnx",
        &["  up_blocks.0: 4 cross, 4 self, 4 heads of 32", "5.9 M f", "time_ids f32 [batch_size, 6]"],
    );
}

#[test]
fn the_json_of_a_graph_says_the_same() {
    let found = as_json(&inspect(&repository("crates/onnx/tests/fixtures/form_a.onnx")).unwrap());
    assert_eq!(found["kind"], "graph");
    assert_eq!(found["opsets"], json!([{ "domain": "", "version": 18 }]));
    assert_eq!(found["inputs"][0]["shape"], json!(["batch_size", "patches", 8]));
    assert_eq!(found["not_on_cpu"], json!([]));
    assert_eq!(found["weight_files"], json!([]));
    let layer = &found["layers"][1];
    let name = "down_blocks.1.attentions.0.transformer_blocks.0.attn2";
    let expected = json!({ "name": name, "kind": "cross", "heads": 2, "head_size": 4, "scale": 0.5 });
    assert_eq!(*layer, expected);
    let sum = |list: &str, of: &str| {
        found[list].as_array().unwrap().iter().map(|entry| entry[of].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!(sum("operators", "nodes"), found["nodes"].as_u64().unwrap());
    assert_eq!(sum("weights", "bytes"), found["inline_bytes"].as_u64().unwrap());
}

#[test]
fn weights_beside_a_graph_are_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut graph = graph::read(&Files::Embedded, "vae_decoder/model.onnx").unwrap();
    graph.externalise("weights.bin");
    let needed = graph.inventory().external_files[0].length_bytes;
    let file = folder.path().join("vae.onnx");
    fs::write(&file, graph.to_bytes().unwrap()).unwrap();
    let check = |bytes: Option<u64>, expected: &str, fault: Option<&str>| {
        let weights = folder.path().join("weights.bin");
        if let Some(bytes) = bytes {
            fs::File::create(weights).unwrap().set_len(bytes).unwrap();
        }
        let findings = inspect(file.to_str().unwrap()).unwrap();
        assert!(findings.to_string().contains(expected), "{findings}");
        let found = as_json(&findings);
        assert_eq!(found["weight_files"][0]["found_bytes"], bytes.map_or(Value::Null, Value::from));
        assert_eq!(found["weight_files"][0]["whole"], fault.is_none());
        let told = findings.fault().map(|fault| fault.to_string());
        match fault {
            None => assert_eq!(told, None),
            Some(fault) => assert!(told.as_ref().is_some_and(|told| told.contains(fault)), "{told:?}"),
        }
    };
    check(None, "weights.bin MISSING", Some("weights.bin, which holds weights of vae.onnx, is missing"));
    check(Some(1000), "weights.bin CUT OFF (1.0 kB of", Some("has only 1000 of"));
    check(Some(needed), "whole", None);
}

#[test]
fn what_is_no_graph_is_told_in_a_sentence() {
    fn check(name: &str, bytes: &[u8], expected: &str) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        fs::write(&file, bytes).unwrap();
        let told = inspect(file.to_str().unwrap()).unwrap_err().to_string();
        assert!(told.contains(expected), "{told}");
    }
    let whole = fs::read(repository("crates/onnx/tests/fixtures/form_a.onnx")).unwrap();
    check("model.onnx", b"", "model.onnx cannot be used: the file is empty");
    check("model.onnx", &whole[..whole.len() / 2], "it is cut off");
    check("model.onnx", b"<html>Not found</html>", "it is a web page");
    check("model.onnx", b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull");
    check("model.onnx", &[0xff; 100], "it is not an ONNX graph");
    check("model.safetensors", &[0xff; 100], "a checkpoint in one file");
    check("model.zip", b"PK\x03\x04", "Unpack it");
    let told = inspect("no/such/file.onnx").unwrap_err().to_string();
    assert!(told.contains("no/such/file.onnx failed: ") && told.contains("Check the path"), "{told}");
}

/// A field of a protobuf message; its length is written in two bytes, which is enough here.
fn field(number: u8, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    [&[number << 3 | 2, content.len() as u8 | 0x80, (content.len() >> 7) as u8], content].concat()
}

#[test]
fn operators_that_the_cpu_lacks_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("fast.onnx");
    let node = |domain, operator| {
        field(1, [field(1, "x"), field(2, operator), field(4, operator), field(7, domain)].concat())
    };
    let nodes = [
        node("com.microsoft", "NhwcConv"),
        node("com.microsoft", "FastGelu"),
        node("", "Relu"),
        node("mine", "Known"),
        node("mine", "Unknown"),
    ];
    // ModelProto: graph 7, opset_import 8 (version 2), functions 25 (name 1, domain 10).
    let known = [field(1, "Known"), field(10, "mine")].concat();
    let functions = [&[0xca, 1, known.len() as u8], &known[..]].concat();
    let model = [field(7, nodes.concat()), field(8, [0x10, 18]), functions].concat();
    fs::write(&file, model).unwrap();
    let findings = inspect(file.to_str().unwrap()).unwrap();
    let told = "The CPU has no com.microsoft.NhwcConv (1 node), mine.Unknown (1 node): export";
    assert!(findings.to_string().contains(told), "{findings}");
    let names: Vec<_> = as_json(&findings)["not_on_cpu"]
        .as_array()
        .unwrap()
        .iter()
        .map(|operator| operator["name"].clone())
        .collect();
    assert_eq!(names, ["NhwcConv", "Unknown"]);
}

#[test]
fn folders_that_are_no_model_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    };
    let path = folder.path().to_str().unwrap();
    write("notes.txt", b"text");
    let told = inspect(path).unwrap_err().to_string();
    assert!(told.contains("neither model_index.json"), "nothing to list is an error: {told}");

    write("config.json", br#"{ "architectures": ["BertModel"] }"#);
    write("onnx/model.onnx", &fs::read(repository("models/scenes/text_encoder/model.onnx")).unwrap());
    write("onnx/broken.ONNX", b"<html>");
    write(".cache/hidden.onnx", b"");
    let findings = inspect(path).unwrap();
    let page = findings.to_string();
    for expected in [
        "no SDXL model",
        "names BertModel",
        "onnx/model.onnx: ",
        ", input_ids -> ",
        "onnx/broken.ONNX cannot be used: it is a web page",
    ] {
        assert!(page.contains(expected), "{expected:?} is not in\n{page}");
    }
    assert!(!page.contains(".cache"), "{page}");
    let found = as_json(&findings);
    assert_eq!((&found["kind"], &found["class"]), (&"folder".into(), &"BertModel".into()));
    assert_eq!(found["graphs"].as_array().unwrap().len(), 2);
    assert!(findings.fault().is_some());
}

#[test]
fn a_model_takes_a_page() {
    let findings = inspect(&repository("models/scenes")).unwrap();
    let page = findings.to_string();
    assert!(page.lines().count() < 50, "longer than a page:\n{page}");
    assert!(page.starts_with("scenes: SDXL, 256 px, EulerDiscreteScheduler, "), "{page}");
    assert!(page.contains("  down_blocks.2: 2 cross, 2 self, 4 heads of 32, scale 0.1768\n"), "{page}");
    let found = as_json(&findings);
    assert_eq!(found["kind"], "sdxl");
    let fingerprint = ModelFolder::embedded().unwrap().fingerprint.to_string();
    assert_eq!(found["fingerprint"], fingerprint.as_str());
    assert!(page.contains(&format!("\n  fingerprint {fingerprint}\n")), "{page}");
    assert_eq!(found["layers"].as_array().unwrap().len(), 22);
    assert_eq!(found["graphs"].as_array().unwrap().len(), 4);
    assert!(findings.fault().is_none());
}
