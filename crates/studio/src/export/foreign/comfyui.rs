//! ComfyUI: a picture carries the graph of nodes that made it.
//!
//! Read are the node that samples from noise, the texts that its conditioning leads back to, and the size of the empty
//! latents that it begins with. Graphs differ without end, so this finds what usual ones have and leaves out the rest.

use serde_json::{Map, Value};

use super::super::Parameters;

/// The longest way from the sampler to a text, in nodes.
const FARTHEST: usize = 16;

/// Reads the graph in the form in which ComfyUI runs it.
pub(super) fn parameters(text: &str) -> Option<Parameters> {
    let graph = Graph(serde_json::from_str(text).ok()?);
    let sampler = graph.sampler()?;
    let mut parameters = Parameters::default();
    let named = [
        ("Steps", "steps"),
        ("CFG scale", "cfg"),
        ("Sampler", "sampler_name"),
        ("Schedule type", "scheduler"),
        ("Seed", "seed"),
        ("Seed", "noise_seed"),
    ];
    for (key, input) in named {
        if let Some(value) = sampler.get(input).and_then(|value| graph.value(value)) {
            parameters.set(key.to_owned(), value);
        }
    }
    let size = sampler.get("latent_image").and_then(|link| graph.size(link));
    if let Some((width, height)) = size {
        parameters.set("Size".to_owned(), format!("{width}x{height}"));
    }
    let prompt = |input: &str| sampler.get(input).and_then(|link| graph.text(link));
    parameters.prompt = prompt("positive").unwrap_or_default();
    parameters.negative = prompt("negative").unwrap_or_default();
    Some(parameters)
}

/// Nodes by their names.
struct Graph(Map<String, Value>);

impl Graph {
    /// The inputs of the node that samples: the one that begins with empty latents, where there are several.
    fn sampler(&self) -> Option<&Map<String, Value>> {
        let samplers = || {
            self.0.values().filter_map(inputs).filter(|inputs| {
                ["steps", "sampler_name", "latent_image"].iter().all(|name| inputs.contains_key(*name))
            })
        };
        let begins = |inputs: &&Map<String, Value>| {
            inputs.get("latent_image").is_some_and(|link| self.size(link).is_some())
        };
        samplers().find(begins).or_else(|| samplers().next())
    }

    /// The inputs of the node that a link leads to.
    fn linked(&self, link: &Value) -> Option<&Map<String, Value>> {
        let Value::Array(link) = link else { return None };
        inputs(self.0.get(link.first()?.as_str()?)?)
    }

    /// A value as text, also where it comes out of a node that holds nothing else.
    fn value(&self, value: &Value) -> Option<String> {
        let mut value = value;
        for _ in 0..FARTHEST {
            match value {
                Value::String(text) => return Some(text.clone()),
                Value::Number(number) => return Some(number.to_string()),
                link => {
                    let inputs = self.linked(link)?;
                    let names = ["value", "seed", "noise_seed", "int", "float", "text", "string"];
                    value = names.iter().find_map(|name| inputs.get(*name))?;
                }
            }
        }
        None
    }

    /// The text that a conditioning was made from.
    fn text(&self, link: &Value) -> Option<String> {
        let mut link = link;
        for _ in 0..FARTHEST {
            let inputs = self.linked(link)?;
            let texts = ["text", "text_g", "text_positive", "prompt"];
            if let Some(text) = texts.iter().find_map(|name| inputs.get(*name)) {
                return self.value(text);
            }
            let onward = ["conditioning", "conditioning_1", "conditioning_to", "positive"];
            link = onward.iter().find_map(|name| inputs.get(*name))?;
        }
        None
    }

    /// Width and height of the empty latents that a link leads to.
    fn size(&self, link: &Value) -> Option<(String, String)> {
        let inputs = self.linked(link)?;
        Some((self.value(inputs.get("width")?)?, self.value(inputs.get("height")?)?))
    }
}

fn inputs(node: &Value) -> Option<&Map<String, Value>> {
    node.get("inputs")?.as_object()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn usual() -> Value {
        json!({
            "3": { "class_type": "KSampler", "inputs": {
                "seed": 156_680_208_700_286_u64, "steps": 20, "cfg": 8, "sampler_name": "dpmpp_2m", "scheduler": "karras",
                "denoise": 1, "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0] } },
            "4": { "class_type": "CheckpointLoaderSimple", "inputs": { "ckpt_name": "sdxl.safetensors" } },
            "5": { "class_type": "EmptyLatentImage", "inputs": { "width": 768, "height": 512, "batch_size": 1 } },
            "6": { "class_type": "CLIPTextEncode", "inputs": { "text": "a red cat", "clip": ["4", 1] } },
            "7": { "class_type": "CLIPTextEncode", "inputs": { "text": "text, watermark", "clip": ["4", 1] } },
        })
    }

    fn check(change: impl FnOnce(&mut Value), expected: impl FnOnce(&mut Parameters)) {
        let mut graph = usual();
        change(&mut graph);
        let mut parameters = Parameters {
            prompt: "a red cat".into(),
            negative: "text, watermark".into(),
            steps: Some(20),
            sampler: Some("dpmpp_2m".into()),
            schedule: Some("karras".into()),
            guidance_scale: Some(8.0),
            seed: Some(156_680_208_700_286),
            size: Some((768, 512)),
            ..Parameters::default()
        };
        expected(&mut parameters);
        assert_eq!(super::parameters(&graph.to_string()), Some(parameters));
    }

    #[test]
    fn the_sampler_of_a_graph_says_how_the_picture_was_made() {
        check(|_| (), |_| ());
        // A second pass over the first one's latents.
        check(
            |graph| {
                let mut second = graph["3"].clone();
                second["inputs"]["latent_image"] = json!(["3", 0]);
                second["inputs"]["steps"] = 5.into();
                graph["1"] = second;
            },
            |_| (),
        );
        // Values and texts that nodes of their own hold, and conditioning that passes through others.
        check(
            |graph| {
                graph["8"] = json!({ "inputs": { "value": 5 } });
                graph["9"] = json!({ "inputs": { "string": "a blue dog" } });
                graph["10"] = json!({ "inputs": { "conditioning_1": ["6", 0], "conditioning_2": ["7", 0] } });
                graph["3"]["inputs"]["seed"] = json!(["8", 0]);
                graph["3"]["inputs"]["positive"] = json!(["10", 0]);
                graph["6"]["inputs"]["text"] = json!(["9", 0]);
            },
            |parameters| {
                parameters.seed = Some(5);
                parameters.prompt = "a blue dog".into();
            },
        );
        // What leads nowhere, or in a circle, is left out.
        check(
            |graph| {
                graph["6"] = json!({ "inputs": { "conditioning": ["6", 0] } });
                graph["3"]["inputs"]["latent_image"] = json!(["99", 0]);
            },
            |parameters| {
                parameters.prompt.clear();
                parameters.size = None;
            },
        );
    }

    #[test]
    fn other_texts_are_no_graphs() {
        for text in ["", "a cat", "{}", "[]", r#"{"3": 5}"#, r#"{"3": {"inputs": {"steps": 3}}}"#] {
            assert_eq!(parameters(text), None, "{text}");
        }
    }
}
