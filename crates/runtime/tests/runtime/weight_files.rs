//! Models whose weights lie beside their graphs, wherever links lead: the embedded model, taken apart by the test, has
//! to paint the same picture. The Hugging Face cache keeps every file as a link from `snapshots/REVISION` to `blobs`.

use std::{
    fs,
    os::unix::fs::symlink,
    path::Path,
    time::{Duration, SystemTime},
};

use ndarray::Array3;
use tauscope_core::{
    CancelToken, Error,
    diffusion::Settings,
    model::{Files, ModelFolder},
};
use tauscope_onnx::Graph;
use tauscope_runtime::{Sdxl, SessionOptions};
use tauscope_studio::{
    painting::ModelSource,
    worker::{Commission, Engine, EngineOptions, Painter},
};
use tauscope_testing::{in_repository, library_options, runtime};
use tempfile::TempDir;

const GRAPHS: [&str; 4] = ["text_encoder", "text_encoder_2", "unet", "vae_decoder"];

fn embedded_graph(name: &str) -> Graph {
    let bytes = Files::Embedded.read(&format!("{name}/model.onnx")).expect("a graph");
    Graph::parse(name, bytes).expect("ONNX")
}

/// A copy of the embedded model in `folder`, the weights of every graph at `location`, seen from the graph.
fn write_model(folder: &Path, location: &str) {
    for entry in fs::read_dir(in_repository("models/scenes")).expect("the embedded model") {
        let from = entry.expect("an entry").path();
        let to = folder.join(from.file_name().expect("a name"));
        if from.is_dir() {
            fs::create_dir_all(&to).expect("a folder");
            for file in fs::read_dir(&from).expect("a folder") {
                let file = file.expect("an entry");
                fs::copy(file.path(), to.join(file.file_name())).expect("a copy");
            }
        } else {
            fs::copy(&from, &to).expect("a copy");
        }
    }
    for name in GRAPHS {
        let file = format!("{name}/model.onnx");
        let mut graph = embedded_graph(name);
        graph.externalise(location);
        assert!(!graph.inventory().external_files.is_empty(), "{name} has no large weights");
        let weights = folder.join(name).join(location);
        fs::create_dir_all(weights.parent().expect("a folder")).expect("a folder");
        // The graph as it was serves as the file of its weights.
        fs::rename(folder.join(&file), weights).expect("a file moved");
        fs::write(folder.join(&file), graph.to_bytes().expect("a graph")).expect("a file written");
    }
}

/// Leaves a link in place of the file.
fn move_and_link(file: &Path, to: &Path) {
    fs::rename(file, to).expect("a file moved");
    symlink(to, file).expect("a link");
}

fn load(model: &Path) -> Result<Engine, Error> {
    let options = EngineOptions { library: library_options(), session: SessionOptions::default() };
    Engine::load(&ModelSource::Folder(model.to_owned()), &options, &mut |_, _| (), &CancelToken::new())
}

fn picture(mut engine: Engine) -> Array3<f32> {
    let settings =
        Settings { prompt: "a red circle".into(), width: 64, height: 64, steps: 2, ..Settings::default() };
    engine.paint(&Commission::new(settings), &CancelToken::new(), &mut |_| ()).expect("a picture").image
}

/// Writes a model with `location`, moves its files about and sees that it still paints.
fn check_paints(location: &str, rearrange: impl FnOnce(&Path, &Path)) {
    let (model, elsewhere) = (TempDir::new().expect("a folder"), TempDir::new().expect("a folder"));
    write_model(model.path(), location);
    rearrange(model.path(), elsewhere.path());
    let engine = load(model.path()).expect("a model that loads");
    assert_eq!(picture(engine), picture(tauscope_testing::engine()));
}

#[test]
fn a_model_in_the_hugging_face_cache_with_external_weights_loads() {
    check_paints("model.onnx_data", |model, cache| {
        let names = GRAPHS.iter().flat_map(|name| ["model.onnx", "model.onnx_data"].map(|file| (name, file)));
        for (at, (name, file)) in names.enumerate() {
            move_and_link(&model.join(name).join(file), &cache.join(format!("{at:064x}")));
        }
    });
}

/// As `hf download` leaves it: the repository's folder is opened, and its links are relative.
#[test]
fn a_repository_of_the_hugging_face_cache_loads_by_its_folder() {
    let (model, cache) = (TempDir::new().expect("a folder"), TempDir::new().expect("a folder"));
    write_model(model.path(), "model.onnx_data");
    let repository = cache.path().join("models--org--tiny");
    let snapshot = repository.join("snapshots/0a");
    fs::create_dir_all(repository.join("blobs")).expect("a folder");
    fs::create_dir_all(repository.join("refs")).expect("a folder");
    fs::write(repository.join("refs/main"), "0a").expect("a file");
    fs::create_dir(repository.join("snapshots")).expect("a folder");
    fs::rename(model.path(), &snapshot).expect("a folder moved");
    for (at, (name, file)) in
        GRAPHS.iter().flat_map(|name| ["model.onnx", "model.onnx_data"].map(|file| (name, file))).enumerate()
    {
        let file = snapshot.join(name).join(file);
        fs::rename(&file, repository.join(format!("blobs/{at:064x}"))).expect("a file moved");
        symlink(format!("../../../blobs/{at:064x}"), &file).expect("a link");
    }
    let engine = load(&repository).expect("a model that loads");
    assert_eq!(engine.info().name, "tiny");
    assert_eq!(picture(engine), picture(tauscope_testing::engine()));
}

#[test]
fn weights_that_were_moved_and_linked_load() {
    check_paints("model.onnx_data", |model, disk| {
        move_and_link(&model.join("unet/model.onnx_data"), &disk.join("unet"));
    });
}

#[test]
fn weights_where_pytorch_puts_them_load() {
    check_paints("model.onnx.data", |_, _| ());
}

#[test]
fn weights_in_a_folder_below_the_graph_load() {
    check_paints("weights/of this graph.bin", |_, _| ());
}

/// Not on macOS, whose file systems take Unicode names only.
#[cfg(target_os = "linux")]
#[test]
fn weights_with_a_name_that_is_not_unicode_are_refused_in_words() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let (model, elsewhere) = (TempDir::new().expect("a folder"), TempDir::new().expect("a folder"));
    write_model(model.path(), "model.onnx_data");
    let strange = elsewhere.path().join(OsStr::from_bytes(b"weights\xff"));
    move_and_link(&model.path().join("unet/model.onnx_data"), &strange);
    let error = load(model.path()).err().expect("a refusal");
    assert!(matches!(error, Error::Model { .. }), "{error}");
    assert!(error.to_string().contains("not Unicode"), "{error}");
}

#[test]
fn weights_outside_the_folder_are_refused() {
    fn check(location: &str) {
        let model = TempDir::new().expect("a folder");
        write_model(model.path(), "model.onnx_data");
        let file = model.path().join("unet/model.onnx");
        let mut graph = embedded_graph("unet");
        graph.externalise(location);
        fs::write(&file, graph.to_bytes().expect("a graph")).expect("a file written");
        let error = ModelFolder::open(model.path()).expect_err("a refusal");
        assert!(matches!(error, Error::Graph { .. }), "{error}");
        assert!(error.to_string().contains("outside its own folder"), "{error}");
    }
    check("../text_encoder/model.onnx_data");
    check("weights/../../text_encoder/model.onnx_data");
    check("/etc/hostname");
}

/// Weights are mapped: the system ends a program that reads from a mapped file what was cut off.
#[test]
fn files_that_change_after_they_were_checked_are_refused() {
    fn check(file: &str, change: impl FnOnce(&Path)) {
        let model = TempDir::new().expect("a folder");
        write_model(model.path(), "model.onnx_data");
        let folder = ModelFolder::open(model.path()).expect("a model");
        change(&model.path().join(file));
        let options = SessionOptions::default();
        let loaded = Sdxl::load(&runtime(), &folder, &options, &mut |_, _| (), &CancelToken::new());
        let message = loaded.expect_err("a refusal").to_string();
        assert!(message.contains(&format!("{file} cannot be used as a model: It changed")), "{message}");
    }
    let open = |file: &Path| fs::File::options().write(true).open(file).expect("a file");
    check("unet/model.onnx_data", |file| open(file).set_len(4096).expect("a shorter file"));
    check("unet/model.onnx", |file| open(file).set_len(4096).expect("a shorter file"));
    check("vae_decoder/model.onnx_data", |file| fs::remove_file(file).expect("a removed file"));
    check("text_encoder/model.onnx_data", |file| {
        let bytes = fs::read(file).expect("a file");
        fs::write(file, bytes).expect("a file written anew");
        open(file).set_modified(SystemTime::now() + Duration::from_secs(5)).expect("another time");
    });
}
