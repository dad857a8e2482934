//! Which files of a repository belong to its model: those that `tauscope_core::model` reads.

use super::repository::is_part;

/// Whether a model is read from this file.
pub(super) fn is_needed(path: &str) -> bool {
    if ["model_index.json", "words.json"].contains(&path) {
        return true;
    }
    let Some((folder, name)) = path.split_once('/').filter(|(_, name)| is_part(name)) else { return false };
    match folder {
        "scheduler" => name == "scheduler_config.json",
        "tokenizer" | "tokenizer_2" => name.ends_with(".json") || name == "merges.txt",
        "vae" => name == "config.json",
        "unet" | "text_encoder" | "text_encoder_2" | "vae_decoder" => name == "config.json" || is_graph(name),
        _ => false,
    }
}

/// Whether it is the graph or its weights. Weights may have any name, but not one of another graph or another program.
fn is_graph(name: &str) -> bool {
    const OTHER_PROGRAMS: [&str; 5] = ["diffusion_", "pytorch_", "flax_", "tf_", "openvino_"];
    const OTHER_FORMS: [&str; 12] =
        ["safetensors", "msgpack", "h5", "ckpt", "pt", "pth", "xml", "gguf", "json", "md", "txt", "py"];
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    match name.split_once(".onnx") {
        Some((graph, _)) => graph == "model",
        None => !OTHER_FORMS.contains(&end) && !OTHER_PROGRAMS.iter().any(|start| name.starts_with(start)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_read_is_downloaded() {
        fn check(path: &str, expected: bool) {
            assert_eq!(is_needed(path), expected, "{path}");
        }
        check("model_index.json", true);
        check("README.md", false);
        check("sd_xl_base_1.0.safetensors", false);
        check("scheduler/scheduler_config.json", true);
        check("tokenizer/vocab.json", true);
        check("tokenizer_2/merges.txt", true);
        check("text_encoder/config.json", true);
        check("text_encoder_2/model.onnx_data", true);
        check("text_encoder_2/model.safetensors", false);
        check("text_encoder/pytorch_model.bin", false);
        check("unet/model.onnx", true);
        check("unet/model.onnx.data", true);
        check("unet/onnx__MatMul_9876", true);
        check("unet/down_blocks.0.resnets.0.conv1.weight", true);
        check("unet/weights.pb", true);
        check("unet/model_fp16.onnx", false);
        check("unet/model_fp16.onnx_data", false);
        check("unet/diffusion_pytorch_model.fp16.bin", false);
        check("unet/openvino_model.bin", false);
        check("unet/../../etc", false);
        check("unet/..", false);
        check("unet/a\\b", false);
        check("vae/config.json", true);
        check("vae/diffusion_pytorch_model.safetensors", false);
        check("vae_decoder/model.onnx", true);
        check("vae_encoder/model.onnx", false);
        check("onnx/unet/model.onnx", false);
    }
}
