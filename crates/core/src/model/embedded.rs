//! The model in the binary (`models/scenes`), so that clones, packages and copied binaries all have it.

/// Its name in the window.
pub const NAME: &str = "Scenes";

/// The file's bytes.
pub(super) fn file(relative: &str) -> Option<&'static [u8]> {
    FILES.iter().find(|(name, _)| *name == relative).map(|&(_, bytes)| bytes)
}

macro_rules! embed {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../../../models/scenes/", $name)))),*]
    };
}

/// The files needed to paint, so not the VAE's encoder.
static FILES: &[(&str, &[u8])] = embed![
    "NOTICE.txt",
    "model_index.json",
    "scheduler/scheduler_config.json",
    "text_encoder/config.json",
    "text_encoder/model.onnx",
    "text_encoder_2/config.json",
    "text_encoder_2/model.onnx",
    "tokenizer/merges.txt",
    "tokenizer/special_tokens_map.json",
    "tokenizer/tokenizer.json",
    "tokenizer/tokenizer_config.json",
    "tokenizer/vocab.json",
    "tokenizer_2/merges.txt",
    "tokenizer_2/special_tokens_map.json",
    "tokenizer_2/tokenizer.json",
    "tokenizer_2/tokenizer_config.json",
    "tokenizer_2/vocab.json",
    "unet/config.json",
    "unet/model.onnx",
    "vae_decoder/config.json",
    "vae_decoder/model.onnx",
    "words.json",
];
