//! Every form in which exporters write attention (make_forms.py among the fixtures of tauscope-onnx): rewritten, against the untouched
//! graph and against what PyTorch computes and sees with the same weights.

use std::collections::BTreeMap;

use ndarray::{ArrayD, Axis};
use tauscope_onnx::{AttentionKind, DType, Graph, Intercepted, contract, intercept, survey};
use tauscope_testing::reference::{arrays, distance};

use crate::rewritten::{Feed, Rewritten, fixture, fixtures, session, tensor};

/// The patch that PyTorch was asked about, the batch row that it recorded, and its temperature.
const PATCH: i64 = 7;
const ROW: i32 = 1;
const TAU: f32 = 0.6;

/// What PyTorch computed.
struct Reference(BTreeMap<String, ArrayD<f32>>);

impl Reference {
    fn of(graph: &str) -> Self {
        let file = if graph.contains("biased") { "biased.npz" } else { "forms.npz" };
        Self(arrays(&fixtures().join(file)))
    }

    fn feed(&self) -> Feed {
        let text = self.0["text"].clone();
        Feed {
            sample: self.0["sample"].clone(),
            values: text.clone(),
            text,
            tau: 1.0,
            conditional_row: ROW,
            patch: Some(PATCH),
        }
    }
}

/// The largest difference of two arrays, dimensions of length 1 apart.
fn differs(a: &ArrayD<f32>, b: &ArrayD<f32>) -> f32 {
    let squeezed = |array: &ArrayD<f32>| {
        let shape: Vec<_> = array.shape().iter().copied().filter(|&length| length > 1).collect();
        array.to_shape(shape).expect("the same elements").to_owned()
    };
    distance(squeezed(a).view(), squeezed(b).view())
}

/// Runs a form with a control and compares all with PyTorch's `case`.
fn agrees(graph: &str, case: &str, control: impl Fn(&Reference, &mut Feed), tolerance: f32) {
    let reference = Reference::of(graph);
    let mut rewritten = Rewritten::open(fixture(graph));
    let mut feed = reference.feed();
    control(&reference, &mut feed);
    let outputs = rewritten.run(&feed);
    let near = |name: &str, output: &str, tolerance: f32| {
        let worst = differs(&outputs[output], &reference.0[&format!("{case}/{name}")]);
        assert!(worst <= tolerance, "{graph}, {case}: {name} differs by {worst}");
    };
    near("out", "out_sample", tolerance);
    for layer in &rewritten.cross {
        near(&format!("map/{layer}"), &contract::map_output(layer), tolerance);
    }
    for layer in &rewritten.self_attention {
        near(&format!("row/{layer}"), &contract::row_output(layer), tolerance);
    }
    feed.patch = None;
    let without = rewritten.run(&feed);
    assert!(
        differs(&without["out_sample"], &outputs["out_sample"]) < 1e-6,
        "{graph}: a row changes the output"
    );
    for layer in &rewritten.self_attention {
        let patches = outputs[&contract::row_output(layer)].len();
        assert_eq!(without[&contract::row_output(layer)].shape(), [0, patches], "{graph}");
    }
}

/// Each graph, and how near it comes to PyTorch: half precision is no nearer by itself.
const GRAPHS: [(&str, f32); 11] = [
    ("form_b.onnx", 1e-4),
    ("form_b_dynamo.onnx", 1e-4),
    ("form_c20.onnx", 1e-4),
    ("form_c20_static.onnx", 1e-4),
    ("form_c23.onnx", 1e-4),
    ("form_c23_joined.onnx", 1e-4),
    ("form_d_attention.onnx", 1e-4),
    ("form_d_biased.onnx", 1e-4),
    ("form_d_packed.onnx", 1e-4),
    ("form_d_half.onnx", 1e-2),
    ("form_d_packed_half.onnx", 1e-2),
];

#[test]
fn every_layer_of_every_form_is_found() {
    let expected: Vec<_> = ["down_blocks.1", "mid_block"]
        .into_iter()
        .flat_map(|block| {
            let path = format!("{block}.attentions.0.transformer_blocks.0");
            [
                (format!("{path}.attn1"), AttentionKind::SelfAttention, 2, 4, 0.5),
                (format!("{path}.attn2"), AttentionKind::CrossAttention, 2, 4, 0.5),
            ]
        })
        .collect();
    for (graph, _) in GRAPHS {
        let survey = survey(&fixture(graph));
        assert_eq!(survey.unmatched, [], "{graph}");
        let dtype = if graph.contains("half") { DType::F16 } else { DType::F32 };
        assert!(survey.layers.iter().all(|layer| layer.dtype == dtype), "{graph}");
        let layers = survey.layers.iter();
        let scale = |scale: f32| (scale * 1e3).round() / 1e3;
        let found: Vec<_> =
            layers.map(|l| (l.name.to_string(), l.kind, l.heads, l.head_size, scale(l.scale))).collect();
        assert_eq!(found, expected, "{graph}");
    }
}

/// How many nodes of an operator a graph has.
fn count(graph: &Graph, operator: &str) -> usize {
    graph.inventory().operators.iter().filter(|found| found.name == operator).map(|found| found.nodes).sum()
}

#[test]
fn self_attention_is_one_node_whatever_its_form() {
    for graph in GRAPHS.into_iter().map(|(graph, _)| graph).chain(["form_a.onnx", "form_e.onnx"]) {
        let before = fixture(graph);
        let Intercepted { graph: after, self_attention, .. } =
            intercept(before.clone(), &survey(&before)).expect("a rewrite");
        let layers = self_attention.len();
        // The Softmax that is left for each layer tells where a patch looks.
        let operators =
            ["MultiHeadAttention", "Softmax", "Attention"].map(|operator| count(&after, operator));
        assert_eq!(operators, [layers, layers, 0], "{graph}");
    }
}

#[test]
fn every_form_computes_what_pytorch_does() {
    for (graph, tolerance) in GRAPHS {
        agrees(graph, "neutral", |_, _| (), tolerance);
        agrees(graph, "tau", |_, feed| feed.tau = TAU, tolerance);
        agrees(
            graph,
            "structured",
            |reference, feed| feed.values.clone_from(&reference.0["values"]),
            tolerance,
        );
    }
}

/// Runs a graph as it is.
fn untouched(graph: &Graph, feed: &Feed) -> ArrayD<f32> {
    let mut session = session(graph);
    let inputs = ort::inputs![
        "sample" => tensor(feed.sample.clone()),
        "encoder_hidden_states" => tensor(feed.text.clone()),
    ];
    let outputs = session.run(inputs).expect("the graph runs");
    outputs["out_sample"].try_extract_array::<f32>().expect("f32").to_owned()
}

#[test]
fn a_neutral_rewrite_changes_nothing() {
    for (graph, tolerance) in GRAPHS {
        let reference = Reference::of(graph);
        let feed = reference.feed();
        let mut plain = fixture(graph);
        if graph.contains("packed") {
            // The CPU cannot run it as it is.
            plain.unpack();
        }
        let untouched = untouched(&plain, &feed);
        let rewritten = Rewritten::open(fixture(graph)).run(&feed).remove("out_sample").expect("an output");
        let expected = &reference.0["neutral/out"];
        if tolerance > 1e-4 {
            let rounding = |output: &ArrayD<f32>| (output - expected).pow2().mean().expect("values").sqrt();
            let (before, after) = (rounding(&untouched), rounding(&rewritten));
            // What fused nodes kept to themselves is a value now, and rounded.
            assert!(after <= 1.25 * before, "{graph}: {after} from single precision, and {before} untouched");
        } else {
            let worst = differs(&untouched, &rewritten);
            assert!(worst <= 1e-4, "{graph} differs by {worst}");
        }
    }
}

#[test]
fn no_weight_is_copied() {
    let bytes = |graph: &Graph| {
        let weights = graph.inventory().weight_bytes;
        [DType::F32, DType::F16].map(|dtype| weights.get(&dtype).copied().unwrap_or(0)).iter().sum::<u64>()
    };
    for (graph, _) in GRAPHS {
        let before = fixture(graph);
        let intercepted = intercept(before.clone(), &survey(&before)).expect("a rewrite");
        let scalars = 4 * intercepted.self_attention.len() as u64;
        assert!(bytes(&intercepted.graph) <= bytes(&before) + scalars, "{graph}");
    }
}

#[test]
fn the_references_can_tell() {
    for graph in ["forms", "biased"] {
        let reference = Reference::of(graph).0;
        for case in ["tau", "structured"] {
            let changed = differs(&reference[&format!("{case}/out")], &reference["neutral/out"]);
            assert!(changed > 0.1, "{graph}, {case}: {changed}");
        }
        let maps = reference.iter().filter(|(name, _)| name.starts_with("neutral/map/"));
        for (name, map) in maps {
            let flat = map.mapv(|_| 1.0 / map.len_of(Axis(1)) as f32);
            assert!(differs(map, &flat) > 0.1, "{graph}, {name}");
        }
    }
}
