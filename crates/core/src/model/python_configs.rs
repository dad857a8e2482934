//! Tests: configurations of a model folder are read as Python writes them.

use std::fs;

use serde_json::Value;

use super::{ModelFolder, SchedulerConfig, scratch_folder::Folder};

const SCHEDULER: &str = "scheduler/scheduler_config.json";

/// With what Python adds to JSON, and what its programs leave empty.
#[test]
fn configurations_are_read_as_python_writes_them() {
    let folder = Folder::of_scenes();
    let plain = ModelFolder::open(folder.path()).unwrap();
    for file in [
        "model_index.json",
        "scheduler/scheduler_config.json",
        "text_encoder/config.json",
        "text_encoder_2/config.json",
        "tokenizer/special_tokens_map.json",
        "tokenizer/tokenizer_config.json",
        "tokenizer_2/tokenizer_config.json",
        "unet/config.json",
        "vae_decoder/config.json",
    ] {
        let text = fs::read_to_string(folder.path().join(file)).unwrap();
        let unread = "{\"unread\": [NaN, {\"low\": -Infinity, \"high\": Infinity}], \"nothing\": null,";
        folder.write(file, format!("\u{feff}{}", text.replacen('{', unread, 1)));
    }
    for file in ["tokenizer/tokenizer.json", "tokenizer/vocab.json", "tokenizer/merges.txt"] {
        let text = fs::read_to_string(folder.path().join(file)).unwrap();
        folder.write(file, format!("\u{feff}{text}"));
    }
    let read = ModelFolder::open(folder.path()).unwrap();
    assert_eq!((&read.scheduler, &read.unet, &read.vae), (&plain.scheduler, &plain.unet, &plain.vae));
    assert_eq!((read.text_encoders, read.native_size), (plain.text_encoders, plain.native_size));
    assert_eq!(
        (read.tokenizers, read.zeros_for_empty_prompt),
        (plain.tokenizers, plain.zeros_for_empty_prompt)
    );
}

#[test]
fn null_is_a_default() {
    fn check(file: &str, key: &str) -> ModelFolder {
        let folder = Folder::of_scenes();
        folder.set(file, key, Value::Null);
        ModelFolder::open(folder.path()).unwrap()
    }
    for key in ["prediction_type", "num_train_timesteps", "rescale_betas_zero_snr", "_class_name"] {
        let mut read = check(SCHEDULER, key).scheduler;
        read.missing.clear();
        assert_eq!(read, SchedulerConfig::default(), "{key}");
    }
    // Euler's own, which are not SDXL's.
    assert_eq!(check(SCHEDULER, "beta_end").scheduler.beta_end, 0.02);
    assert_eq!(check(SCHEDULER, "steps_offset").scheduler.steps_offset, 0);
    assert!(check("model_index.json", "force_zeros_for_empty_prompt").zeros_for_empty_prompt);
    check("model_index.json", "_class_name");
    assert_eq!(check("unet/config.json", "sample_size").native_size, 1024);
    assert_eq!(check("vae_decoder/config.json", "scaling_factor").vae.scaling_factor, 0.13025);
    assert_eq!(
        check("text_encoder/config.json", "num_hidden_layers").text_encoders[0].hidden_output,
        "hidden_states.2"
    );
}

#[test]
fn numbers_that_are_not_finite_never_reach_the_maths() {
    fn check(file: &str, key: &str) {
        for number in ["NaN", "Infinity", "-Infinity"] {
            let folder = Folder::of_scenes();
            folder.write(file, format!("{{\"{key}\": {number}}}"));
            let message = ModelFolder::open(folder.path()).unwrap_err().to_string();
            let named = format!(
                "{file} holds a value that Tauscope cannot use: {key}: invalid type: string \"{number}\""
            );
            assert!(message.contains(&named), "{message}");
        }
    }
    for key in ["beta_start", "sigma_max", "rho", "timestep_scaling", "num_train_timesteps"] {
        check(SCHEDULER, key);
    }
    check("vae_decoder/config.json", "scaling_factor");
    check("unet/config.json", "sample_size");
    check("text_encoder/config.json", "num_hidden_layers");
}
