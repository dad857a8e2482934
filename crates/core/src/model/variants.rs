//! Tests: SDXL's variants open, and what differs in each is read.

use serde_json::json;

use super::{
    ModelFolder, PredictionType, TimestepSpacing,
    scratch_folder::Folder,
    tiny_graph::{self, FLOAT, INT64, PortShape, graph},
};

const SCHEDULER: &str = "scheduler/scheduler_config.json";

#[track_caller]
fn opened(change: impl FnOnce(&Folder)) -> ModelFolder {
    let folder = Folder::of_scenes();
    change(&folder);
    ModelFolder::open(folder.path()).unwrap()
}

#[track_caller]
fn refused(expected: &str, change: impl FnOnce(&Folder)) {
    let folder = Folder::of_scenes();
    change(&folder);
    let message = ModelFolder::open(folder.path()).unwrap_err().to_string();
    assert!(message.contains(expected), "{message}\nlacks: {expected}");
}

/// A UNet with SDXL's widths and any depth: a folder of SDXL base, SSD-1B, Segmind-Vega, or one with LoRAs merged in.
fn of_sdxl_width(folder: &Folder, transformer_layers: serde_json::Value, mid_block: Option<&str>) {
    folder.write("unet/model.onnx", tiny_graph::unet(4, 2048, Some(1280), 6, FLOAT));
    folder.set("unet/config.json", "sample_size", json!(128));
    folder.set("unet/config.json", "transformer_layers_per_block", transformer_layers);
    folder.set("unet/config.json", "mid_block_type", json!(mid_block));
    for (encoder, layers, width) in [("text_encoder", 12, 768), ("text_encoder_2", 32, 1280)] {
        let penultimate = format!("hidden_states.{}", layers - 1);
        let states = [-1, -1, width];
        let outputs: [PortShape<'_>; 2] =
            [("text_embeds", FLOAT, &[-1, width]), (&penultimate, FLOAT, &states)];
        let file = format!("{encoder}/model.onnx");
        folder.write(&file, graph(&[("input_ids", INT64, &[-1, -1])], &outputs, &[]));
        folder.set(&format!("{encoder}/config.json"), "num_hidden_layers", json!(layers));
    }
}

#[test]
fn models_of_any_depth() {
    fn check(transformer_layers: serde_json::Value, mid_block: Option<&str>) {
        let model = opened(|folder| {
            of_sdxl_width(folder, transformer_layers, mid_block);
            folder.write("pytorch_lora_weights.safetensors", "merged already");
        });
        assert_eq!((model.unet.context_width, model.unet.pooled_width), (2048, 1280));
        assert_eq!(model.native_size, 1024);
    }
    check(json!([1, 2, 10]), Some("UNetMidBlock2DCrossAttn"));
    check(json!([[0, 0], [2, 2], [4, 4]]), None);
    check(json!([[0, 0], [1, 1], [2, 1]]), None);
}

#[test]
fn latents_of_other_sizes() {
    fn check(sample_size: usize, expected: usize) {
        let model = opened(|folder| folder.set("unet/config.json", "sample_size", json!(sample_size)));
        assert_eq!((model.native_size, model.fixed_size.is_free()), (expected, true));
    }
    check(64, 512);
    check(96, 768);
}

#[test]
fn playground_is_edm_with_a_normalised_vae() {
    let edm = |folder: &Folder| {
        folder.write(
            SCHEDULER,
            r#"{"_class_name": "EDMDPMSolverMultistepScheduler", "sigma_max": 120.0, "sigma_data": 0.5, "rho": 7.0,
                "num_train_timesteps": 1000, "prediction_type": "epsilon", "final_sigmas_type": "zero"}"#,
        );
    };
    let model = opened(|folder| {
        edm(folder);
        folder.set("vae_decoder/config.json", "scaling_factor", json!(0.5));
        folder.set("vae_decoder/config.json", "latents_mean", json!([-1.57, -1.99, 0.65, 0.13]));
        folder.set("vae_decoder/config.json", "latents_std", json!([8.4, 5.9, 5.3, 5.6]));
    });
    let levels = model.scheduler.edm().unwrap();
    assert_eq!((levels.sigma_min, levels.sigma_max, levels.sigma_data), (0.002, 120.0, 0.5));
    assert_eq!(model.vae.latents_std.as_deref(), Some(&[8.4, 5.9, 5.3, 5.6][..]));

    refused("its timesteps are whole numbers", |folder| {
        edm(folder);
        with_whole_timesteps(folder);
    });
    refused("a sigma_min above 0", |folder| {
        edm(folder);
        folder.set(SCHEDULER, "sigma_min", json!(0));
    });
    refused("epsilon or v_prediction", |folder| {
        edm(folder);
        folder.set(SCHEDULER, "prediction_type", json!("sample"));
    });
}

fn with_whole_timesteps(folder: &Folder) {
    let (sample, context) = ([-1, 4, -1, -1], [-1, -1, 256]);
    let inputs: [PortShape<'_>; 5] = [
        ("sample", FLOAT, &sample),
        ("timestep", INT64, &[1]),
        ("encoder_hidden_states", FLOAT, &context),
        ("text_embeds", FLOAT, &[-1, 128]),
        ("time_ids", FLOAT, &[-1, 6]),
    ];
    folder.write("unet/model.onnx", graph(&inputs, &[("out_sample", FLOAT, &sample)], &[]));
}

#[test]
fn continuous_timesteps_are_of_velocities_and_of_graphs_that_take_them() {
    let continuous = |folder: &Folder, prediction: &str| {
        folder.set(SCHEDULER, "timestep_type", json!("continuous"));
        folder.set(SCHEDULER, "prediction_type", json!(prediction));
    };
    let has =
        |prediction| opened(|folder| continuous(folder, prediction)).scheduler.has_continuous_timesteps();
    assert_eq!(["v_prediction", "epsilon"].map(has), [true, false]);
    refused("its timesteps are whole numbers", |folder| {
        continuous(folder, "v_prediction");
        with_whole_timesteps(folder);
    });
}

#[test]
fn turbo_lightning_and_velocities_are_in_the_schedule() {
    let model = opened(|folder| {
        folder.set(SCHEDULER, "timestep_spacing", json!("trailing"));
        folder.set(SCHEDULER, "sigma_min", json!(null));
        folder.set(SCHEDULER, "prediction_type", json!("original_sample"));
    });
    assert_eq!(model.scheduler.timestep_spacing, TimestepSpacing::Trailing);
    assert_eq!(model.scheduler.prediction_type, PredictionType::Sample);
    let model = opened(|folder| {
        folder.set(SCHEDULER, "rescale_betas_zero_snr", json!(true));
        folder.set(SCHEDULER, "prediction_type", json!("v_prediction"));
    });
    assert!(model.scheduler.rescale_betas_zero_snr);
    assert_eq!(model.scheduler.prediction_type, PredictionType::VPrediction);
}

#[test]
fn graphs_of_one_size_say_so() {
    let unet = |height: i64, width: i64| {
        let sample = [2, 4, height, width];
        let inputs: [PortShape<'_>; 5] = [
            ("sample", FLOAT, &sample),
            ("timestep", FLOAT, &[2]),
            ("encoder_hidden_states", FLOAT, &[2, 77, 256]),
            ("text_embeds", FLOAT, &[2, 128]),
            ("time_ids", FLOAT, &[2, 6]),
        ];
        graph(&inputs, &[("out_sample", FLOAT, &sample)], &[])
    };
    let check = |(height, width): (i64, i64), fits: (usize, usize), other: (usize, usize), expected: &str| {
        let model = opened(|folder| folder.write("unet/model.onnx", unet(height, width)));
        assert_eq!((model.unet.batch, model.unet.sequence_length), (Some(2), Some(77)));
        assert!(model.check_size(fits.0, fits.1).is_ok());
        let message = model.check_size(other.0, other.1).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    };
    check(
        (32, 48),
        (384, 256),
        (256, 384),
        "are 384 x 256 px, and 256 x 384 px cannot be painted. Choose 384 x 256,",
    );
    check(
        (-1, 48),
        (384, 640),
        (256, 640),
        "are 384 px wide, and 256 x 640 px cannot be painted. Choose 384 x 640,",
    );
    check(
        (32, -1),
        (640, 256),
        (640, 384),
        "are 256 px high, and 640 x 384 px cannot be painted. Choose 640 x 256,",
    );
}
