//! Tests: each kind of wrong folder has its own message, with a remedy.

use std::{fs, path::Path};

use serde_json::json;

use super::{
    ModelFolder,
    scratch_folder::{Folder, link_all},
    tiny_graph::{self, BF16, FLOAT, INT64, PortShape, graph},
};

/// Opens `below` the folder of the embedded model after `change`, and looks for `expected` in the message.
fn check_below(below: &str, expected: &str, change: impl FnOnce(&Folder)) {
    let folder = Folder::of_scenes();
    change(&folder);
    check_message(&folder.path().join(below), expected);
}

fn check(expected: &str, change: impl FnOnce(&Folder)) {
    check_below("", expected, change);
}

#[track_caller]
fn check_message(path: &Path, expected: &str) {
    let message = ModelFolder::open(path).unwrap_err().to_string();
    assert!(message.contains(expected), "{message}\nlacks: {expected}");
}

#[test]
fn paths_that_are_no_folder() {
    let choose_parent = |folder: &Path| format!("Choose its folder {} instead.", folder.display());
    let folder = Folder::of_scenes();
    check_message(&folder.path().join("nowhere"), "There is nothing at this path.");
    check_message(&folder.path().join("unet/config.json"), &choose_parent(folder.path()));
    folder.write("extra.safetensors", "x");
    check_message(&folder.path().join("extra.safetensors"), &choose_parent(folder.path()));
    let apart = Folder::empty();
    for (name, expected) in [
        ("sdxl.safetensors", "from_single_file"),
        ("sdxl.CKPT", "optimum-cli export onnx --model DIR --task text-to-image OUT"),
        ("unet.onnx", "It is a single graph"),
        ("sdxl.zip", "Unpack it"),
        ("picture.png", "It is a file, and a model is a folder."),
    ] {
        apart.write(name, "x");
        check_message(&apart.path().join(name), expected);
    }
}

#[test]
fn folders_around_and_inside_a_model() {
    check_message(Folder::empty().path(), "The folder is empty.");
    check_below("unet", "It is one part of a model. Choose ", |_| ());
    let parent = Folder::empty();
    parent.write("readme.txt", "x");
    check_message(parent.path(), "neither model_index.json nor a folder unet");
    parent.write("sdxl.safetensors", "x");
    check_message(parent.path(), "from_single_file");
    parent.write("first/model_index.json", "{}");
    check_message(parent.path(), &format!("Did you mean {}?", parent.path().join("first").display()));
    parent.write("second/model_index.json", "{}");
    check_message(parent.path(), "It holds several models. Choose one: ");
}

#[test]
fn models_of_another_kind() {
    let class = |name: &'static str| {
        move |folder: &Folder| folder.set("model_index.json", "_class_name", json!(name))
    };
    check("Stable Diffusion 1 or 2, not SDXL.", class("StableDiffusionPipeline"));
    check("Stable Diffusion 1 or 2, not SDXL.", class("OnnxStableDiffusionPipeline"));
    check("Stable Diffusion 1 or 2, not SDXL.", class("ORTStableDiffusionPipeline"));
    check("Stable Diffusion 3", class("StableDiffusion3Pipeline"));
    check("It is a FluxPipeline, not SDXL.", class("FluxPipeline"));
    check("SDXL refiner", |folder| folder.set("model_index.json", "requires_aesthetics_score", json!(true)));
    check("SDXL refiner", |folder| folder.set("model_index.json", "text_encoder", json!([null, null])));
}

#[test]
fn graphs_of_another_kind() {
    let unet = |context, pooled: Option<i64>, ids| {
        move |folder: &Folder| {
            folder.remove("model_index.json");
            folder.write("unet/model.onnx", tiny_graph::unet(4, context, pooled, ids, FLOAT));
        }
    };
    check("Stable Diffusion 1, not SDXL", unet(768, None, 6));
    check("Stable Diffusion 2, not SDXL", unet(1024, None, 6));
    check("`text_embeds`", unet(512, None, 6));
    check("SDXL refiner", unet(1280, Some(1280), 5));
    check("`time_ids` has 7 numbers and SDXL has 6", unet(256, Some(128), 7));
    check(
        "The text encoders give 128 + 128 numbers for each token and the UNet takes 2048.",
        unet(2048, Some(128), 6),
    );
    check("pooled prompt 128 wide and the UNet takes 1280", unet(256, Some(1280), 6));
    check("`encoder_hidden_states` does not say its width", unet(-1, Some(128), 6));
    check("`sample` has 9 channels and SDXL has 4", |folder| {
        folder.write("unet/model.onnx", tiny_graph::unet(9, 256, Some(128), 6, FLOAT));
    });
    check("`sample` is of type bf16", |folder| {
        folder.write("unet/model.onnx", tiny_graph::unet(4, 256, Some(128), 6, BF16));
    });
}

#[test]
fn encoders_without_what_sdxl_needs() {
    let encoder = |outputs: &[PortShape<'_>]| graph(&[("input_ids", INT64, &[-1, -1])], outputs, &[]);
    let states: PortShape<'_> = ("hidden_states.3", FLOAT, &[-1, -1, 128]);
    check("hidden states before its last layer", |folder| {
        folder.write("text_encoder/model.onnx", encoder(&[states]));
    });
    check("has no output `text_embeds`, only hidden_states.2", |folder| {
        let penultimate = ("hidden_states.2", FLOAT, states.2);
        folder.write("text_encoder_2/model.onnx", encoder(&[penultimate, states]));
    });
    check("`input_ids` is of type f32", |folder| {
        folder.write("text_encoder/model.onnx", graph(&[("input_ids", FLOAT, &[-1, -1])], &[states], &[]));
    });
    check("needs the input `attention_mask`", |folder| {
        let inputs: [PortShape<'_>; 2] =
            [("input_ids", INT64, &[-1, -1]), ("attention_mask", INT64, &[-1, -1])];
        folder.write("text_encoder/model.onnx", graph(&inputs, &[states], &[]));
    });
}

#[test]
fn half_downloaded_models() {
    check("vae_decoder/model.onnx is missing. Download", |folder| folder.remove("vae_decoder/model.onnx"));
    check(
        "unet/model.onnx is missing, and model.onnx.part shows that a download has not finished",
        |folder| {
            folder.remove("unet/model.onnx");
            folder.write("unet/model.onnx.part", "x");
        },
    );
    check("abc.incomplete shows that a download has not finished", |folder| {
        folder.remove("unet/model.onnx");
        folder.write(".cache/huggingface/download/unet/abc.incomplete", "x");
    });
    check("git lfs pull", |folder| {
        folder.write("unet/model.onnx", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n");
    });
    check("tokenizer/vocab.json is a Git LFS pointer", |folder| {
        folder.write("tokenizer/vocab.json", "version https://git-lfs.github.com/spec/v1\n");
    });
    check("vae_decoder/model.onnx is missing. Download", |folder| {
        folder.remove("vae_decoder/model.onnx");
        folder.write("unet/diffusion_pytorch_model.safetensors", "x");
    });
    check("cut off", |folder| {
        let whole = fs::read(folder.path().join("unet/model.onnx")).unwrap();
        folder.write("unet/model.onnx", &whole[..whole.len() / 2]);
    });
    check("not an ONNX graph", |folder| folder.write("text_encoder/model.onnx", [0xff; 64]));
    let external = graph(&[("sample", FLOAT, &[-1, 4, -1, -1])], &[], &[("model.onnx_data", 4096)]);
    check("unet/model.onnx_data, which holds weights of unet/model.onnx, is missing.", |folder| {
        folder.write("unet/model.onnx", &external);
    });
    check("unet/model.onnx_data has only 100 of 4096 bytes", |folder| {
        folder.write("unet/model.onnx", &external);
        folder.write("unet/model.onnx_data", [0; 100]);
    });
    #[cfg(unix)]
    check("unet/model.onnx is a link to a file that is gone.", |folder| {
        folder.remove("unet/model.onnx");
        std::os::unix::fs::symlink("gone", folder.path().join("unet/model.onnx")).unwrap();
    });
}

#[test]
fn torch_weights_are_answered_with_the_export_command() {
    for weights in ["unet/diffusion_pytorch_model.fp16.safetensors", "unet/diffusion_pytorch_model.bin"] {
        let folder = Folder::of_scenes();
        folder.remove("unet/model.onnx");
        folder.write(weights, "x");
        let command = format!(
            "optimum-cli export onnx --model \"{}\" --task text-to-image OUT",
            folder.path().display()
        );
        check_message(folder.path(), &command);
    }
}

#[test]
fn broken_configurations() {
    const SCHEDULER: &str = "scheduler/scheduler_config.json";
    check("scheduler/scheduler_config.json is broken JSON: ", |folder| {
        folder.write(SCHEDULER, "{\n \"beta_start\": 1,,\n}");
    });
    check("at line 2 column", |folder| folder.write(SCHEDULER, "{\n \"beta_start\": 1,,\n}"));
    check("unknown variant `sigmoid`, expected one of `linear`, `scaled_linear`", |folder| {
        folder.set(SCHEDULER, "beta_schedule", json!("sigmoid"));
    });
    check("trained for FlowMatchEulerDiscreteScheduler", |folder| {
        folder.set(SCHEDULER, "_class_name", json!("FlowMatchEulerDiscreteScheduler"));
    });
    check("a steps_offset below", |folder| folder.set(SCHEDULER, "steps_offset", json!(1000)));
    check("num_train_timesteps from 1", |folder| {
        folder.set(SCHEDULER, "num_train_timesteps", json!(1_000_000_000_000_u64));
    });
    check("betas that rise", |folder| folder.set(SCHEDULER, "beta_end", json!(2)));
    check("as many trained_betas as num_train_timesteps", |folder| {
        folder.set(SCHEDULER, "trained_betas", json!([0.1, 0.2]))
    });
    check("use_exponential_sigmas and use_beta_sigmas at most", |folder| {
        folder.set(SCHEDULER, "use_exponential_sigmas", json!(true));
        folder.set(SCHEDULER, "use_beta_sigmas", json!(true));
    });
    check("unknown variant `cubic`", |folder| folder.set(SCHEDULER, "interpolation_type", json!("cubic")));
    check("scheduler/scheduler_config.json is missing.", |folder| folder.remove(SCHEDULER));
    check("unet/config.json holds a value that Tauscope cannot use: ", |folder| {
        folder.set("unet/config.json", "sample_size", json!(0))
    });
    check("scaling_factor", |folder| folder.set("vae_decoder/config.json", "scaling_factor", json!(0)));
    check("latents_std", |folder| folder.set("vae_decoder/config.json", "latents_mean", json!([0, 0, 0, 0])));
    check("tokenizer_2 holds neither", |folder| folder.remove("tokenizer_2"));
    check("prompts cannot be read", |folder| {
        folder.remove("tokenizer/tokenizer.json");
        folder.remove("tokenizer/merges.txt");
    });
}

#[test]
fn leaner_folders_open() {
    fn check(change: impl FnOnce(&Folder)) -> ModelFolder {
        let folder = Folder::of_scenes();
        change(&folder);
        ModelFolder::open(folder.path()).unwrap()
    }
    assert!(check(|folder| folder.remove("model_index.json")).zeros_for_empty_prompt);
    assert_eq!(check(|folder| folder.remove("unet/config.json")).native_size, 1024);
    assert_eq!(check(|folder| folder.set("unet/config.json", "sample_size", json!(24))).native_size, 24 * 8);
    assert_eq!(
        check(|folder| folder.set("vae_decoder/config.json", "scaling_factor", json!(0.5)))
            .vae
            .scaling_factor,
        0.5
    );
    assert_eq!(check(|folder| folder.remove("words.json")).words, None);
    assert_eq!(check(|folder| folder.remove("tokenizer/tokenizer.json")).tokenizers[0].json, None);
    assert_eq!(check(|folder| folder.remove("vae_decoder/config.json")).vae.scaling_factor, 0.13025);
    let encoder = check(|folder| folder.remove("text_encoder/config.json")).text_encoders[0].clone();
    assert_eq!(encoder.hidden_output, "hidden_states.2");
}

#[test]
fn weights_beside_the_graph_are_counted_and_found() {
    let folder = Folder::empty();
    folder.write("unet/model.onnx", graph(&[], &[], &[("model.onnx_data", 4096)]));
    folder.write("unet/model.onnx_data", [0; 4096]);
    let files = super::Files::Folder(folder.path().to_owned());
    let ports = super::ports::Ports::open(&files, "unet/model.onnx".into()).unwrap();
    assert_eq!(ports.weight_bytes, 4096);
}

/// The cache of a repository with several exports, each in a folder of the snapshot.
#[test]
fn a_snapshot_leads_to_the_model_in_it() {
    let cache = Folder::empty();
    let repository = cache.path().join("models--org--tiny-xl");
    let link = |folder: &str| {
        let folder = repository.join("snapshots/0123abc").join(folder);
        fs::create_dir_all(&folder).unwrap();
        link_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/scenes"), &folder);
    };
    cache.write("models--org--tiny-xl/snapshots/0123abc/model_index.json", "{}");
    link("onnx/fp16");
    assert_eq!(ModelFolder::open(&repository).unwrap().name, "tiny-xl/onnx/fp16");
    link("onnx/fp32");
    check_message(&repository, "It holds several models. Choose one: ");
    assert_eq!(
        ModelFolder::open(&repository.join("snapshots/0123abc/onnx/fp32")).unwrap().name,
        "tiny-xl/onnx/fp32"
    );
}

#[cfg(unix)]
#[test]
fn a_hugging_face_cache_leads_to_its_snapshot() {
    let cache = Folder::empty();
    let repository = cache.path().join("models--org--tiny-xl");
    let snapshot = repository.join("snapshots/0123abc");
    fs::create_dir_all(&repository).unwrap();
    fs::create_dir(repository.join("snapshots")).unwrap();
    check_message(&repository, "download has not finished");
    fs::create_dir(&snapshot).unwrap();
    link_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/scenes"), &snapshot);
    for path in [&repository, &snapshot] {
        let model = ModelFolder::open(path).unwrap();
        assert_eq!(model.name, "tiny-xl");
        let unet = model.files.path("unet/model.onnx").unwrap();
        assert!(unet.ends_with("scenes/unet/model.onnx"), "links are followed: {unet:?}");
    }
    fs::create_dir_all(repository.join("snapshots/fedcba")).unwrap();
    cache.write("models--org--tiny-xl/refs/main", "0123abc\n");
    assert!(ModelFolder::open(&repository).is_ok(), "refs/main decides");
    check_message(cache.path(), "Did you mean ");
}
