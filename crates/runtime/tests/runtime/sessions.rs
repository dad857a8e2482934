//! A real ONNX Runtime: found here, or fetched on the first run of a fresh clone.

use std::{path::Path, thread, time::Duration};

use ort::{inputs, session::Session, value::TensorRef};
use tauscope_core::{CancelToken, Error, Result};
use tauscope_runtime::{
    Device, LibraryOptions, Memory, Runtime, SessionOptions, open_session, operators_refused, run,
};
use tauscope_testing::runtime;

#[test]
fn one_library_serves_the_whole_process() {
    let runtime = runtime();
    assert!(runtime.version().starts_with("1."), "{}", runtime.version());
    let nonsense = LibraryOptions { explicit: Some("nonsense".into()), ..LibraryOptions::default() };
    let again = Runtime::start(&nonsense, &mut |_| {}, &CancelToken::new()).unwrap();
    assert_eq!(again.library_path(), runtime.library_path());
}

#[test]
fn a_graph_runs_from_memory() {
    for prepack in [false, true] {
        let options = SessionOptions { prepack, threads: 1, ..SessionOptions::default() };
        let mut session = open("double", None, &options).unwrap();
        assert_eq!(numbers(&mut session, &[1.0, 2.5], &CancelToken::new()).unwrap(), [2.0, 5.0]);
    }
}

#[test]
fn weights_are_read_from_their_folder() {
    let mut session = open("external", Some(fixtures()), &SessionOptions::default()).unwrap();
    assert_eq!(numbers(&mut session, &[1.0, 2.0, 3.0], &CancelToken::new()).unwrap(), [1.0, 20.0, 300.0]);
}

#[test]
fn what_cannot_be_loaded_is_a_message() {
    fn check(graph: &[u8], weights_folder: Option<&Path>, expected: &str) {
        let message = open_session(
            &runtime(),
            graph,
            weights_folder,
            &SessionOptions::default(),
            None,
            "loading a graph",
            &CancelToken::new(),
        )
        .expect_err("cannot be loaded")
        .to_string();
        assert!(message.contains(expected), "{message}");
    }
    check(b"no graph", None, "ONNX Runtime failed while loading a graph: ");
    check(&graph("double"), Some(Path::new("no such folder")), "Reading no such folder failed");
    let empty = tempfile::tempdir().unwrap();
    check(&graph("external"), Some(empty.path()), "weights.bin");
}

#[test]
fn a_run_is_cancelled_in_its_middle_and_the_session_stays_usable() {
    fn repeat_sine(session: &mut Session, times: i64, cancel: &CancelToken) -> Result<f32> {
        let times = [times];
        let inputs = inputs![
            "times" => TensorRef::from_array_view(([0_usize; 0], &times[..])).unwrap(),
            "x" => TensorRef::from_array_view(([1_usize], &[1.0_f32][..])).unwrap(),
        ];
        run(session, inputs, "looping", cancel, |outputs| {
            Ok(outputs["y"].try_extract_tensor::<f32>().unwrap().1[0])
        })
    }
    let mut session = open("loop", None, &SessionOptions::default()).unwrap();
    let cancel = CancelToken::new();
    let endless = thread::scope(|scope| {
        let other = cancel.clone();
        scope.spawn(move || {
            thread::sleep(Duration::from_millis(200));
            other.cancel();
        });
        repeat_sine(&mut session, 1 << 60, &cancel)
    });
    assert!(matches!(endless, Err(Error::Cancelled)), "{endless:?}");
    let twice = repeat_sine(&mut session, 2, &CancelToken::new()).unwrap();
    assert!((twice - 1.0_f32.sin().sin()).abs() < 1e-6, "{twice}");
}

#[test]
fn a_cancelled_job_neither_loads_nor_runs() {
    let mut session = open("double", None, &SessionOptions::default()).unwrap();
    let cancel = CancelToken::new();
    cancel.cancel();
    assert!(matches!(numbers(&mut session, &[1.0], &cancel), Err(Error::Cancelled)));
    let loaded = open_session(
        &runtime(),
        &graph("double"),
        None,
        &SessionOptions::default(),
        None,
        "loading",
        &cancel,
    );
    assert!(matches!(loaded, Err(Error::Cancelled)));
    assert_eq!(numbers(&mut session, &[1.0], &CancelToken::new()).unwrap(), [2.0]);
}

#[test]
fn a_lack_of_memory_is_explained() {
    let mut session = open("zeros", None, &SessionOptions::default()).unwrap();
    // More bytes than a process can address.
    let length = [1_i64 << 46];
    let input = inputs!["length" => TensorRef::from_array_view(([1_usize], &length[..])).unwrap()];
    let message =
        run(&mut session, input, "filling", &CancelToken::new(), |_| Ok(())).unwrap_err().to_string();
    assert!(message.contains("There is not enough memory."), "{message}");
    assert!(Memory::now().available_bytes < 1 << 46);
}

#[test]
fn a_wrong_input_is_a_message() {
    let mut session = open("double", None, &SessionOptions::default()).unwrap();
    let length = [1_i64];
    let input = inputs!["x" => TensorRef::from_array_view(([1_usize], &length[..])).unwrap()];
    let message =
        run(&mut session, input, "doubling", &CancelToken::new(), |_| Ok(())).unwrap_err().to_string();
    assert!(message.starts_with("ONNX Runtime failed while doubling: "), "{message}");
}

#[test]
fn the_operators_in_a_session_are_the_kernel_itself() {
    assert_eq!(operators_refused(&runtime(), Device::CPU, &CancelToken::new()).unwrap(), None);
}

fn fixtures() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures"))
}

fn graph(name: &str) -> Vec<u8> {
    std::fs::read(fixtures().join(name).with_extension("onnx")).expect("a fixture")
}

fn open(name: &str, weights_folder: Option<&Path>, options: &SessionOptions) -> Result<Session> {
    open_session(&runtime(), &graph(name), weights_folder, options, None, "loading", &CancelToken::new())
}

/// Feeds "x" and reads "y".
fn numbers(session: &mut Session, x: &[f32], cancel: &CancelToken) -> Result<Vec<f32>> {
    let input = inputs!["x" => TensorRef::from_array_view(([x.len()], x)).expect("a tensor")];
    run(session, input, "running", cancel, |outputs| {
        let (_, y) = outputs["y"].try_extract_tensor::<f32>().expect("f32");
        Ok(y.to_vec())
    })
}
