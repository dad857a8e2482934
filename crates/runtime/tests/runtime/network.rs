//! Any graph as a network: from a file with its weights beside it, or from the program, in the types that it wants.

use std::path::{Path, PathBuf};

use ndarray::{Array4, ArrayD, arr1};
use tauscope_core::{CancelToken, Result};
use tauscope_runtime::{Feed, Network, SessionOptions};
use tauscope_testing::runtime;

const DOUBLE: &[u8] = include_bytes!("../fixtures/double.onnx");

fn fixture(name: &str) -> PathBuf {
    Path::new("tests/fixtures").join(name)
}

fn open(file: &Path) -> Result<Network> {
    Network::open(&runtime(), file, &SessionOptions::default(), "loading a network", &CancelToken::new())
}

/// The only output.
fn run(network: &mut Network, inputs: &[(&str, Feed<'_>)]) -> Result<ArrayD<f32>> {
    let mut outputs = network.run(inputs, "running a network", &CancelToken::new())?;
    assert_eq!(outputs.len(), 1);
    Ok(outputs.pop_first().expect("an output").1)
}

#[test]
fn weights_lie_beside_the_file() {
    let mut network = open(&fixture("external.onnx")).unwrap();
    assert_eq!(network.files(), [fixture("external.onnx"), fixture("weights.bin")]);
    let x = arr1(&[1.0, 2.0, 3.0]).into_dyn();
    assert_eq!(
        run(&mut network, &[("x", Feed::F32(x.view()))]).unwrap(),
        arr1(&[1.0, 20.0, 300.0]).into_dyn()
    );
}

#[test]
fn a_graph_in_the_program_has_no_files() {
    let options = SessionOptions::default();
    let mut network =
        Network::embedded(&runtime(), "double", DOUBLE, &options, "loading a network", &CancelToken::new())
            .unwrap();
    assert!(network.files().is_empty());
    let x = arr1(&[1.5]).into_dyn();
    assert_eq!(run(&mut network, &[("x", Feed::F32(x.view()))]).unwrap(), arr1(&[3.0]).into_dyn());
}

#[test]
fn halves_and_integers_are_converted() {
    let mut half = open(&fixture("half_vae.onnx")).unwrap();
    let latents = Array4::from_elem((1, 4, 1, 2), 0.25).into_dyn();
    let picture = run(&mut half, &[("latent_sample", Feed::F32(latents.view()))]).unwrap();
    assert_eq!(picture.shape(), [1, 3, 8, 16]);
    assert!(picture.iter().all(|value| (value - 0.0625).abs() < 1e-3), "{picture}");
    let mut zeros = open(&fixture("zeros.onnx")).unwrap();
    let length = arr1(&[4_i64]).into_dyn();
    assert_eq!(
        run(&mut zeros, &[("length", Feed::I64(length.view()))]).unwrap(),
        ArrayD::<f32>::zeros(vec![4])
    );
}

#[test]
fn inputs_that_do_not_fit_are_named() {
    fn check(name: &str, expected: &str) {
        let mut network = open(&fixture("external.onnx")).unwrap();
        let (x, ids) = (arr1(&[1.0_f32, 2.0, 3.0]).into_dyn(), arr1(&[1_i64, 2, 3]).into_dyn());
        let inputs = match name {
            "ids" => vec![("x", Feed::I64(ids.view()))],
            "two" => vec![("x", Feed::F32(x.view())), ("y", Feed::F32(x.view()))],
            other => vec![(other, Feed::F32(x.view()))],
        };
        let error = run(&mut network, &inputs).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    check("picture", "it wants an input x");
    check("two", "it has no input y; it takes x.");
    check("ids", "but gets integers here");
}

#[test]
fn a_file_that_is_no_network_is_named() {
    fn check(file: &str, expected: &str) {
        let error = open(Path::new(file)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    check("no/such.onnx", "no/such.onnx failed");
    check("tests/fixtures/make.py", "make.py");
    check("", "is no file");
}
