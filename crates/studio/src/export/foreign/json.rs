//! The programs that write their settings as one JSON object: InvokeAI, Fooocus and SwarmUI.

use serde_json::{Map, Value};

use super::super::Parameters;
use tauscope_core::model::python_json;

/// What a key of theirs is here.
enum Meaning {
    Prompt,
    Negative,
    /// A key of [`Parameters`].
    Key(&'static str),
    Width,
    Height,
    /// It changes nothing about the picture, or says again what another key says.
    Nothing,
}

use Meaning::{Height, Key, Negative, Nothing, Prompt, Width};

/// InvokeAI since 3.0: the chunk `invokeai_metadata`.
pub(super) fn of_invoke_ai(text: &str) -> Option<Parameters> {
    let object = object(text)?;
    object.contains_key("positive_prompt").then(|| {
        read(&object, |key| {
            Some(match key {
                "positive_prompt" => Prompt,
                "negative_prompt" => Negative,
                "width" => Width,
                "height" => Height,
                "seed" => Key("Seed"),
                "steps" => Key("Steps"),
                "cfg_scale" => Key("CFG scale"),
                "scheduler" => Key("Sampler"),
                "app_version" | "generation_mode" | "rand_device" | "model" | "_canvas_objects" => Nothing,
                _ => return None,
            })
        })
    })
}

/// InvokeAI 2: the chunk `sd-metadata`, whose prompts are a list of texts with weights.
pub(super) fn of_early_invoke_ai(text: &str) -> Option<Parameters> {
    let mut image = object(text)?.remove("image")?.as_object()?.clone();
    if let Some(Value::Array(prompts)) = image.get("prompt") {
        let texts: Vec<_> = prompts.iter().filter_map(|prompt| prompt.get("prompt")?.as_str()).collect();
        let text = Value::from(texts.join(" "));
        image.insert("prompt".to_owned(), text);
    }
    Some(read(&image, |key| {
        Some(match key {
            "prompt" => Prompt,
            "width" => Width,
            "height" => Height,
            "seed" => Key("Seed"),
            "steps" => Key("Steps"),
            "cfg_scale" => Key("CFG scale"),
            "sampler" => Key("Sampler"),
            "type" | "threshold" | "perlin" | "postprocessing" | "variations" => Nothing,
            _ => return None,
        })
    }))
}

/// What Fooocus writes where nothing was changed, and every SDXL program does.
const USUAL_IN_FOOOCUS: [(&str, &str); 3] =
    [("clip_skip", "2"), ("vae", "Default (model)"), ("refiner_switch", "0.5")];

/// Fooocus, with its own scheme of metadata.
pub(super) fn of_fooocus(text: &str) -> Option<Parameters> {
    let object = object(text)?;
    object.contains_key("prompt").then(|| {
        let mut parameters = read(&object, |key| {
            Some(match key {
                "prompt" => Prompt,
                "negative_prompt" => Negative,
                "resolution" => Key("Size"),
                "seed" => Key("Seed"),
                "steps" => Key("Steps"),
                "guidance_scale" => Key("CFG scale"),
                "sampler" => Key("Sampler"),
                "scheduler" => Key("Schedule type"),
                "base_model" => Key("Model"),
                "full_prompt"
                | "full_negative_prompt"
                | "performance"
                | "metadata_scheme"
                | "version"
                | "base_model_hash"
                | "created_by" => Nothing,
                _ => return None,
            })
        });
        let is_usual =
            |(key, value): &(String, String)| USUAL_IN_FOOOCUS.contains(&(key.as_str(), value.as_str()));
        parameters.others.retain(|pair| !is_usual(pair));
        parameters
    })
}

/// SwarmUI.
pub(super) fn of_swarm_ui(text: &str) -> Option<Parameters> {
    let image = object(text)?.remove("sui_image_params")?.as_object()?.clone();
    Some(read(&image, |key| {
        Some(match key {
            "prompt" => Prompt,
            "negativeprompt" => Negative,
            "width" => Width,
            "height" => Height,
            "seed" => Key("Seed"),
            "steps" => Key("Steps"),
            "cfgscale" => Key("CFG scale"),
            "sampler" => Key("Sampler"),
            "scheduler" => Key("Schedule type"),
            "model" => Key("Model"),
            "aspectratio" | "images" | "swarm_version" | "date" | "generation_time" | "original_prompt"
            | "wildcardseed" => Nothing,
            _ => return None,
        })
    }))
}

/// Whether a text is one JSON object.
pub(super) fn is_object(text: &str) -> bool {
    object(text).is_some()
}

/// These programs write with Python's `json`, or as it does.
fn object(text: &str) -> Option<Map<String, Value>> {
    match python_json::parse(text.as_bytes()).ok()? {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// Reads an object whose keys mean this; `None` for keys that are not known here.
fn read(object: &Map<String, Value>, meaning: impl Fn(&str) -> Option<Meaning>) -> Parameters {
    let mut parameters = Parameters::default();
    let (mut width, mut height) = (None, None);
    for (key, value) in object {
        let Some(text) = said(value) else { continue };
        match meaning(key) {
            Some(Prompt) => parameters.prompt = text,
            Some(Negative) => parameters.negative = text,
            Some(Key(key)) => parameters.set(key.to_owned(), text),
            Some(Width) => width = Some(text),
            Some(Height) => height = Some(text),
            Some(Nothing) => {}
            None => parameters.others.push((key.clone(), text)),
        }
    }
    if let (Some(width), Some(height)) = (width, height) {
        parameters.set("Size".to_owned(), format!("{width}x{height}"));
    }
    parameters
}

/// A value as text; `None` for what these programs write where there is nothing.
fn said(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::String(text) => {
            Some(text.clone()).filter(|text| !["", "None", "[]", "False"].contains(&text.as_str()))
        }
        Value::Array(list) if list.is_empty() => None,
        Value::Object(object) if object.is_empty() => None,
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(found: Option<Parameters>, expected: Parameters) {
        assert_eq!(found, Some(expected));
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn invoke_ais_settings_are_read() {
        let text = r#"{"app_version": "3.3.0", "generation_mode": "sdxl_txt2img", "positive_prompt": "a red cat",
            "negative_prompt": "low quality", "width": 768, "height": 512, "seed": 356120443, "rand_device": "cpu",
            "cfg_scale": 7.5, "steps": 50, "scheduler": "dpmpp_2m_k", "clip_skip": 1, "loras": [], "vae": null,
            "model": {"model_name": "sdxl-base"}}"#;
        check(
            of_invoke_ai(text),
            Parameters {
                prompt: "a red cat".into(),
                negative: "low quality".into(),
                steps: Some(50),
                sampler: some("dpmpp_2m_k"),
                guidance_scale: Some(7.5),
                seed: Some(356_120_443),
                size: Some((768, 512)),
                others: vec![("clip_skip".into(), "1".into())],
                ..Parameters::default()
            },
        );
        let early = r#"{"model": "stable diffusion", "image": {"type": "txt2img", "sampler": "k_euler_a", "steps": 20,
            "prompt": [{"prompt": "a red cat", "weight": 1.0}], "seed": 5, "cfg_scale": 7, "width": 512, "height": 512}}"#;
        check(
            of_early_invoke_ai(early),
            Parameters {
                prompt: "a red cat".into(),
                steps: Some(20),
                sampler: some("k_euler_a"),
                guidance_scale: Some(7.0),
                seed: Some(5),
                size: Some((512, 512)),
                ..Parameters::default()
            },
        );
    }

    #[test]
    fn fooocuss_settings_are_read() {
        let text = r#"{"adm_guidance": "(1.5, 0.8, 0.3)", "base_model": "juggernautXL", "base_model_hash": "1fe6c7ec54",
            "full_prompt": ["a red cat, cinematic"], "guidance_scale": 4.0, "metadata_scheme": "fooocus",
            "negative_prompt": "", "performance": "Speed", "prompt": "a red cat", "refiner_model": "None",
            "clip_skip": 2, "vae": "Default (model)", "resolution": "(896, 1152)", "sampler": "dpmpp_2m_sde_gpu", "scheduler": "karras", "seed": "12345",
            "steps": 30, "styles": "['Fooocus V2']", "version": "Fooocus v2.5.0"}"#;
        check(
            of_fooocus(text),
            Parameters {
                prompt: "a red cat".into(),
                steps: Some(30),
                sampler: some("dpmpp_2m_sde_gpu"),
                schedule: some("karras"),
                guidance_scale: Some(4.0),
                seed: Some(12345),
                size: Some((896, 1152)),
                model: some("juggernautXL"),
                others: vec![
                    ("adm_guidance".into(), "(1.5, 0.8, 0.3)".into()),
                    ("styles".into(), "['Fooocus V2']".into()),
                ],
                ..Parameters::default()
            },
        );
    }

    #[test]
    fn swarm_uis_settings_are_read() {
        let text = r#"{"sui_image_params": {"prompt": "a red cat", "model": "sdxl", "seed": 5, "steps": 25, "cfgscale": 7.0,
            "aspectratio": "Custom", "width": 512, "height": 768, "sampler": "euler", "scheduler": "normal",
            "negativeprompt": "", "swarm_version": "0.9.1"}}"#;
        check(
            of_swarm_ui(text),
            Parameters {
                prompt: "a red cat".into(),
                steps: Some(25),
                sampler: some("euler"),
                schedule: some("normal"),
                guidance_scale: Some(7.0),
                seed: Some(5),
                size: Some((512, 768)),
                model: some("sdxl"),
                ..Parameters::default()
            },
        );
    }

    #[test]
    fn texts_of_other_kinds_are_left_alone() {
        for text in
            ["", "a cat\nSteps: 3, Seed: 5, Size: 8x8", "[]", "{}", r#"{"image": 3}"#, r#"{"a": {"b": []}}"#]
        {
            assert_eq!(of_invoke_ai(text).or(of_early_invoke_ai(text)).or(of_fooocus(text)), None, "{text}");
        }
    }
}
