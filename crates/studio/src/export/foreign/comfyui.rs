//! ComfyUI: a picture carries the graph of nodes that made it.
//!
//! Read are the node that samples from noise, the texts that its conditioning leads back to, and the size of the empty
//! latents that it begins with. Graphs differ without end, so this finds what usual ones have and leaves out the rest.

use serde_json::{Map, Value};

use super::super::Parameters;
use tauscope_core::model::python_json;

/// What a node's kind contains that changes the picture and is not done.
const NOT_DONE: [&str; 3] = ["Lora", "ControlNet", "IPAdapter"];
/// The longest way from the sampler to a text, in nodes.
const FARTHEST: usize = 16;

/// Reads the graph in the form in which ComfyUI runs it.
pub(super) fn parameters(text: &str) -> Option<Parameters> {
    let Value::Object(nodes) = python_json::parse(text.as_bytes()).ok()? else { return None };
    let graph = Graph(nodes);
    let sampler = &graph.sampler()?;
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
    let prompt = |side: &str| sampler.get(side).and_then(|link| graph.text(link, side));
    parameters.prompt = prompt("positive").unwrap_or_default();
    parameters.negative = prompt("negative").unwrap_or_default();
    let denoise = sampler.get("denoise").and_then(|value| graph.value(value));
    let denoise = denoise.filter(|share| share.parse() != Ok(1.0)).map(|share| ("denoise".to_owned(), share));
    parameters.others.extend(denoise.into_iter().chain(graph.not_done()));
    Some(parameters)
}

/// Nodes by their names.
struct Graph(Map<String, Value>);

impl Graph {
    /// The inputs of the node that samples, and of those that say how: of the one that begins with empty latents, where
    /// there are several.
    fn sampler(&self) -> Option<Map<String, Value>> {
        let samplers = || {
            self.0.values().filter_map(inputs).map(|inputs| self.with_parts(inputs)).filter(|inputs| {
                ["steps", "sampler_name", "latent_image"].iter().all(|name| inputs.contains_key(*name))
            })
        };
        let begins = |inputs: &Map<String, Value>| {
            inputs.get("latent_image").is_some_and(|link| self.size(link).is_some())
        };
        samplers().find(begins).or_else(|| samplers().next())
    }

    /// The inputs of a node with those of the nodes that choose the sampler, the levels, the guidance and the noise for it.
    fn with_parts(&self, own: &Map<String, Value>) -> Map<String, Value> {
        let mut all = own.clone();
        for part in ["sampler", "sigmas", "guider", "noise"] {
            for (name, value) in own.get(part).and_then(|link| self.linked(link)).into_iter().flatten() {
                all.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        all
    }

    /// The nodes that change the picture and are not done, with what they load.
    fn not_done(&self) -> impl Iterator<Item = (String, String)> {
        self.0.values().filter_map(|node| {
            let kind = kind(node).filter(|kind| NOT_DONE.iter().any(|part| kind.contains(part)))?;
            let loaded = inputs(node)?.values().find_map(Value::as_str)?;
            Some((kind.to_owned(), loaded.to_owned()))
        })
    }

    /// The inputs of the node that a link leads to.
    fn linked(&self, link: &Value) -> Option<&Map<String, Value>> {
        inputs(self.node(link)?)
    }

    fn node(&self, link: &Value) -> Option<&Value> {
        self.0.get(link.as_array()?.first()?.as_str()?)
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
                    if let (Some(first), Some(second)) = (inputs.get("string_a"), inputs.get("string_b")) {
                        let between = inputs.get("delimiter").and_then(Value::as_str).unwrap_or_default();
                        return Some(self.plain(first)? + between + &self.plain(second)?);
                    }
                    let names = ["value", "seed", "noise_seed", "int", "float", "text", "string"];
                    value = names.iter().find_map(|name| inputs.get(*name))?;
                }
            }
        }
        None
    }

    /// A text that is written here, or by the node that a link leads to.
    fn plain(&self, value: &Value) -> Option<String> {
        let linked = || self.linked(value)?.values().find_map(Value::as_str);
        value.as_str().or_else(linked).map(str::to_owned)
    }

    /// The text that a conditioning was made from; `side` is which of the two prompts it is.
    fn text(&self, link: &Value, side: &str) -> Option<String> {
        let mut link = link;
        for _ in 0..FARTHEST {
            if let Value::String(text) = link {
                return Some(text.clone());
            }
            if kind(self.node(link)?) == Some("ConditioningZeroOut") {
                return None;
            }
            let inputs = self.linked(link)?;
            let texts = ["text", "text_g", "text_positive", "prompt"];
            if let Some(text) = texts.iter().find_map(|name| inputs.get(*name)) {
                return self.value(text);
            }
            let onward = [side, "conditioning", "conditioning_1", "conditioning_to"];
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

fn kind(node: &Value) -> Option<&str> {
    node.get("class_type")?.as_str()
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
        // The negative prompt is not the positive one, also where both come through one node.
        check(
            |graph| {
                graph["8"] =
                    json!({ "class_type": "ConditioningZeroOut", "inputs": { "conditioning": ["6", 0] } });
                graph["3"]["inputs"]["negative"] = json!(["8", 0]);
            },
            |parameters| parameters.negative.clear(),
        );
        check(
            |graph| {
                graph["8"] = json!({ "class_type": "ControlNetApplyAdvanced",
                    "inputs": { "positive": ["6", 0], "negative": ["7", 0], "control_net": ["9", 0], "strength": 1 } });
                graph["9"] =
                    json!({ "class_type": "ControlNetLoader", "inputs": { "control_net_name": "canny" } });
                graph["3"]["inputs"]["positive"] = json!(["8", 0]);
                graph["3"]["inputs"]["negative"] = json!(["8", 1]);
                graph["3"]["inputs"]["denoise"] = json!(0.4);
            },
            |parameters| {
                let others = [("denoise", "0.4"), ("ControlNetLoader", "canny")];
                parameters.others = others.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
            },
        );
        // Parts of a sampler in nodes of their own.
        check(
            |graph| {
                graph["3"] = json!({ "class_type": "SamplerCustomAdvanced", "inputs": { "noise": ["10", 0],
                    "guider": ["11", 0], "sampler": ["12", 0], "sigmas": ["13", 0], "latent_image": ["5", 0] } });
                graph["10"] = json!({ "inputs": { "noise_seed": 156_680_208_700_286_u64 } });
                graph["11"] = json!({ "inputs": { "cfg": 8, "positive": ["6", 0], "negative": ["7", 0] } });
                graph["12"] = json!({ "inputs": { "sampler_name": "dpmpp_2m" } });
                graph["13"] = json!({ "inputs": { "scheduler": "karras", "steps": 20, "denoise": 1 } });
            },
            |_| (),
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

    /// Python writes NaN, which is no JSON.
    #[test]
    fn graphs_with_nan_are_read() {
        let text = usual().to_string().replacen("{\"inputs\"", "{\"is_changed\":[NaN],\"inputs\"", 1);
        let text = text.replacen(
            "\"class_type\":\"KSampler\"",
            "\"class_type\":\"KSampler\",\"is_changed\":[NaN]",
            1,
        );
        assert!(text.contains("NaN"));
        assert_eq!(parameters(&text).map(|parameters| parameters.steps), Some(Some(20)));
    }

    #[test]
    fn other_texts_are_no_graphs() {
        for text in ["", "a cat", "{}", "[]", r#"{"3": 5}"#, r#"{"3": {"inputs": {"steps": 3}}}"#] {
            assert_eq!(parameters(text), None, "{text}");
        }
    }
}
