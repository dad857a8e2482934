//! Tests: numbers that a file may hold and no model has are refused before anything is computed from them.

use serde_json::json;

use super::{
    ModelFolder,
    scratch_folder::Folder,
    tiny_graph::{FLOAT, graph},
};

#[track_caller]
fn check(expected: &str, change: impl FnOnce(&Folder)) {
    let folder = Folder::of_scenes();
    change(&folder);
    let message = ModelFolder::open(folder.path()).unwrap_err().to_string();
    assert!(message.contains(expected), "{message}\nlacks: {expected}");
}

/// A UNet of the embedded model's shape but for this sample and this width.
fn unet(sample: [i64; 4], width: i64) -> Vec<u8> {
    let inputs: [(&str, i32, &[i64]); 5] = [
        ("sample", FLOAT, &sample),
        ("timestep", FLOAT, &[]),
        ("encoder_hidden_states", FLOAT, &[-1, -1, width]),
        ("text_embeds", FLOAT, &[-1, 128]),
        ("time_ids", FLOAT, &[-1, 6]),
    ];
    graph(&inputs, &[("out_sample", FLOAT, &sample)], &[])
}

#[test]
fn dimensions_of_graphs() {
    let unet = |sample, width| move |folder: &Folder| folder.write("unet/model.onnx", unet(sample, width));
    check("dimension 2 of `sample` is 0 long", unet([-1, 4, 0, -1], 256));
    check("dimension 0 of `sample` is 1000000 long", unet([1_000_000, 4, -1, -1], 256));
    check("`sample` is 513 latents long", unet([1, 4, 64, 513], 256));
    check("dimension 2 of `encoder_hidden_states` is 0 long", unet([-1, 4, -1, -1], 0));
    check(
        "dimension 2 of `encoder_hidden_states` is 9223372036854775807 long",
        unet([-1, 4, -1, -1], i64::MAX),
    );
    let vae = |side| {
        move |folder: &Folder| {
            let bytes = graph(
                &[("latent_sample", FLOAT, &[-1, 4, side, -1])],
                &[("sample", FLOAT, &[-1, 3, -1, -1])],
                &[],
            );
            folder.write("vae_decoder/model.onnx", bytes);
        }
    };
    check("dimension 2 of `latent_sample` is 0 long", vae(0));
    check("`latent_sample` is 60000 latents long", vae(60_000));
}

#[test]
fn numbers_in_configurations() {
    let sample_size =
        |size: u64| move |folder: &Folder| folder.set("unet/config.json", "sample_size", json!(size));
    check("sample_size of 1000000000", sample_size(1_000_000_000));
    check("sample_size of 18446744073709551615", sample_size(u64::MAX));
    check("nonzero", sample_size(0));
    let timesteps = |count: u64| {
        move |folder: &Folder| {
            folder.set("scheduler/scheduler_config.json", "num_train_timesteps", json!(count))
        }
    };
    check("num_train_timesteps from 1 to 100000", timesteps(1_000_000_000_000));
    check("num_train_timesteps from 1 to 100000", timesteps(0));
}
