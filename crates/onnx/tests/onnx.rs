//! ONNX graphs as data: attention found, opened, written back. On the embedded UNet, and on a cut-out of it in both
//! precisions (tests/fixtures).

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use tauscope_onnx::{AttentionKind, DType, Dim, Error, Graph, Intercepted, contract, intercept, survey};

/// A file of the embedded model, or of the folder that `TAUSCOPE_TEST_MODEL` names.
fn model_file(name: &str) -> Bytes {
    let embedded = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../models/scenes");
    let file = env::var_os("TAUSCOPE_TEST_MODEL").map_or_else(embedded, PathBuf::from).join(name);
    match fs::read(&file) {
        Ok(bytes) => bytes.into(),
        Err(error) => panic!(
            "{} cannot be read ({error}): this test needs the embedded model, or TAUSCOPE_TEST_MODEL set to an SDXL ONNX folder",
            file.display()
        ),
    }
}

fn unet_bytes() -> Bytes {
    model_file("unet/model.onnx")
}

fn unet() -> Graph {
    Graph::parse("unet", unet_bytes()).unwrap()
}

fn fixture_bytes(name: &str) -> Bytes {
    fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap().into()
}

fn fixture(name: &str) -> Graph {
    Graph::parse(name, fixture_bytes(name)).unwrap()
}

fn intercepted(graph: Graph) -> Intercepted {
    let survey = survey(&graph);
    assert_eq!(survey.unmatched, []);
    intercept(graph, &survey).unwrap()
}

/// Block, attentions, transformer blocks in each, heads: the embedded UNet in the order in which it runs.
const BLOCKS: [(&str, usize, usize, usize); 5] = [
    ("down_blocks.1", 1, 1, 2),
    ("down_blocks.2", 1, 2, 4),
    ("mid_block", 1, 2, 4),
    ("up_blocks.0", 2, 2, 4),
    ("up_blocks.1", 2, 1, 2),
];

#[test]
fn every_attention_layer_of_the_unet_is_found() {
    let mut expected = Vec::new();
    for (block, attentions, depth, heads) in BLOCKS {
        for at in (0..attentions).flat_map(|a| (0..depth).map(move |t| format!("{a}.transformer_blocks.{t}")))
        {
            let path = format!("{block}.attentions.{at}");
            expected.push((format!("{path}.attn1"), AttentionKind::SelfAttention, heads));
            expected.push((format!("{path}.attn2"), AttentionKind::CrossAttention, heads));
        }
    }
    let survey = survey(&unet());
    assert_eq!(survey.unmatched, []);
    let found: Vec<_> = survey.layers.iter().map(|l| (l.name.to_string(), l.kind, l.heads)).collect();
    assert_eq!(found, expected);
    for layer in &survey.layers {
        assert_eq!(layer.head_size, 32, "{}", layer.name);
        // An f16 graph computes its scale in f16.
        assert!((layer.scale - 1.0 / 32.0_f32.sqrt()).abs() < 1e-4, "{}: {}", layer.name, layer.scale);
    }
}

#[test]
fn attention_outside_the_unet_is_explained() {
    fn check(name: &str, expected: usize) {
        let survey = survey(&Graph::parse(name, model_file(name)).unwrap());
        assert_eq!((survey.layers.len(), survey.unmatched.len()), (0, expected), "{name}");
        for unmatched in survey.unmatched {
            assert!(unmatched.reason.starts_with("It belongs to no transformer block"), "{unmatched:?}");
        }
    }
    check("text_encoder/model.onnx", 3);
    check("text_encoder_2/model.onnx", 3);
}

#[test]
fn the_signature_is_read_from_the_graph() {
    let signature = unet().signature();
    let inputs: Vec<_> = signature.inputs.iter().map(|port| port.name.as_str()).collect();
    assert_eq!(inputs, ["sample", "timestep", "encoder_hidden_states", "text_embeds", "time_ids"]);
    let named = |name: &str| Dim::Named(name.into());
    let sample = &signature.inputs[0].shape;
    assert_eq!(*sample, [named("batch_size"), Dim::Fixed(4), named("height"), named("width")]);
    assert_eq!(signature.outputs.len(), 1);
    assert_eq!(signature.outputs[0].name, "out_sample");
    assert_eq!(signature.input("timestep").map(|port| port.shape.len()), Some(0));
}

#[test]
fn both_precisions_are_recognised() {
    fn check(name: &str) {
        let survey = survey(&fixture(name));
        assert_eq!(survey.unmatched, []);
        let found: Vec<_> = survey.layers.iter().map(|l| (l.kind, l.heads, l.head_size, l.scale)).collect();
        let path = "down_blocks.1.attentions.0.transformer_blocks.0";
        assert_eq!(survey.layers[1].name.as_str(), format!("{path}.attn2"));
        assert_eq!(
            found,
            [(AttentionKind::SelfAttention, 2, 4, 0.5), (AttentionKind::CrossAttention, 2, 4, 0.5)]
        );
    }
    check("form_a.onnx");
    check("form_e.onnx");
}

#[test]
fn the_rewritten_graph_takes_controls_and_gives_maps() {
    fn check(graph: Graph) {
        let before = graph.signature();
        let (nodes, opsets) = (graph.inventory().nodes, graph.inventory().opsets);
        let Intercepted { graph, cross, self_attention } = intercepted(graph);
        graph.validate().unwrap();
        let (after, inventory) = (graph.signature(), graph.inventory());
        assert!(inventory.nodes < nodes);
        assert_eq!(
            inventory.opsets,
            [opsets, vec![(contract::DOMAIN.into(), contract::DOMAIN_VERSION), ("com.microsoft".into(), 1)]]
                .concat()
        );

        let inputs: Vec<_> = after.inputs.iter().map(|port| port.name.as_str()).collect();
        let kept: Vec<_> = before.inputs.iter().map(|port| port.name.as_str()).collect();
        let controls = [
            contract::INVERSE_TEMPERATURE,
            contract::TOKEN_GROUP,
            contract::TOKEN_WEIGHT,
            contract::MASK_STRENGTH,
            contract::MASK_REDUCE,
            contract::CONDITIONAL_ROW,
            contract::REGIONS,
            contract::PATCH_ROWS,
            contract::VALUE_STATES,
        ];
        assert_eq!(inputs, [kept, controls.to_vec()].concat());
        let shape = |name| &after.input(name).unwrap().shape;
        assert_eq!(*shape(contract::INVERSE_TEMPERATURE), [Dim::Fixed(self_attention.len())]);
        assert_eq!(*shape(contract::MASK_STRENGTH), [Dim::Fixed(cross.len())]);
        assert_eq!(shape(contract::PATCH_ROWS)[0], Dim::Fixed(self_attention.len()));
        assert_eq!(shape(contract::VALUE_STATES), shape("encoder_hidden_states"));

        assert_eq!(after.outputs.len(), before.outputs.len() + 3 * cross.len() + self_attention.len());
        for layer in &self_attention {
            let row = after.output(&contract::row_output(layer)).unwrap();
            assert_eq!((row.dtype, row.shape.len()), (DType::F32, 2));
        }
        let mut patches = BTreeMap::new();
        for layer in &cross {
            let map = after.output(&contract::map_output(&layer.name)).unwrap();
            let score = after.output(&contract::score_output(&layer.name)).unwrap();
            let neutral = after.output(&contract::neutral_output(&layer.name)).unwrap();
            assert_eq!([map.dtype, neutral.dtype, score.dtype], [DType::F32; 3]);
            assert_eq!([map.shape.len(), neutral.shape.len(), score.shape.len()], [2; 3]);
            assert_eq!(map.shape[0], score.shape[0]);
            let Dim::Named(dimension) = &map.shape[0] else { panic!("{:?}", map.shape) };
            assert_eq!(patches.insert(dimension.clone(), layer), None, "layers differ in their patches");
        }
    }
    check(unet());
    check(fixture("form_a.onnx"));
    check(fixture("form_e.onnx"));
}

#[test]
fn a_graph_is_rewritten_once() {
    let Intercepted { graph, .. } = intercepted(fixture("form_a.onnx"));
    let again = survey(&graph);
    assert!(matches!(intercept(graph, &again), Err(Error { .. })));
}

#[test]
fn the_survey_of_another_graph_is_refused() {
    let survey = survey(&unet());
    assert!(matches!(intercept(fixture("form_a.onnx"), &survey), Err(Error { .. })));
}

#[test]
fn weights_become_references_to_the_file() {
    let source = unet_bytes();
    let mut graph = Graph::parse("unet", source.clone()).unwrap();
    let inline = graph.inventory();
    graph.externalise("model.onnx");
    let written = graph.to_bytes().unwrap();
    assert!(written.len() < source.len() / 10, "{} of {} bytes", written.len(), source.len());
    let inventory = graph.inventory();
    assert_eq!(inventory.weight_bytes, inline.weight_bytes);
    let [file] = &inventory.external_files[..] else { panic!("{:?}", inventory.external_files) };
    assert_eq!(file.location, "model.onnx");
    assert!(file.length_bytes <= source.len() as u64);
}

/// Every graph below a folder of the repository.
fn graphs_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(graphs_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "onnx") {
            found.push(path);
        }
    }
    found
}

#[test]
fn an_unchanged_graph_is_written_byte_for_byte() {
    fn check(folder: &str, expected_graphs: usize) {
        let graphs = graphs_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
        assert_eq!(graphs.len(), expected_graphs, "{folder}");
        for path in graphs {
            let bytes = fs::read(&path).unwrap();
            let graph = Graph::parse("graph", bytes.clone().into()).unwrap();
            let written = graph.to_bytes().unwrap();
            // Casts are at the end of form_e, behind what reads them. They are put in order, and that order stays.
            if path.ends_with("form_e.onnx") {
                assert_eq!(written.len(), bytes.len());
                let again = Graph::parse("graph", written.clone().into()).unwrap();
                assert!(again.to_bytes().unwrap() == written, "the order of form_e changes again");
            } else {
                assert!(written == bytes, "{} is written otherwise", path.display());
            }
        }
    }
    check("tests/fixtures", 13);
    check("../runtime/tests/fixtures", 5);
    check("../../models/scenes", 5);
}

#[test]
fn what_is_read_is_what_is_written() {
    fn check(bytes: Bytes) {
        let graph = Graph::parse("graph", bytes).unwrap();
        let again = Graph::parse("graph", graph.to_bytes().unwrap().into()).unwrap();
        assert_eq!(again, graph);
        let Intercepted { graph, .. } = intercepted(graph);
        assert_eq!(Graph::parse("graph", graph.to_bytes().unwrap().into()).unwrap(), graph);
    }
    check(unet_bytes());
    check(fixture_bytes("form_a.onnx"));
    check(fixture_bytes("form_e.onnx"));
}

#[test]
fn a_cut_off_file_is_refused() {
    let bytes = unet_bytes();
    let lengths = (0..).map(|power| 1 << power).take_while(|&length| length < bytes.len());
    for length in lengths.chain([0, bytes.len() - 1]) {
        let cut = Graph::parse("unet", bytes.slice(..length));
        assert!(matches!(cut, Err(Error { .. })), "{length} bytes: {cut:?}");
    }
}

/// A small generator (xorshift), so that a failure can be repeated.
fn noise(seed: u64) -> impl Iterator<Item = u64> {
    std::iter::successors(Some(seed), |&x| {
        let x = x ^ (x << 13);
        let x = x ^ (x >> 7);
        Some(x ^ (x << 17))
    })
    .skip(1)
}

#[test]
fn garbage_is_refused() {
    for seed in 1..200 {
        let bytes: Vec<u8> = noise(seed).map(|x| (x >> 32) as u8).take(seed as usize * 7).collect();
        let graph = Graph::parse("garbage", bytes.into());
        assert!(matches!(graph, Err(Error { .. })), "seed {seed}: {graph:?}");
    }
}

#[test]
fn damaged_graphs_never_panic() {
    for name in ["form_e.onnx", "form_b.onnx", "form_c20.onnx", "form_c23_joined.onnx", "form_d_packed.onnx"]
    {
        let sound = fixture_bytes(name);
        let mut parsed = 0;
        for seed in 1..400 {
            let mut bytes = sound.to_vec();
            let mut noise = noise(seed);
            for _ in 0..=seed % 4 {
                let (Some(at), Some(value)) = (noise.next(), noise.next()) else { return };
                let at = at as usize % bytes.len();
                bytes[at] = value as u8;
            }
            let Ok(graph) = Graph::parse("damaged", bytes.into()) else { continue };
            parsed += 1;
            let survey = survey(&graph);
            if let Ok(Intercepted { mut graph, .. }) = intercept(graph, &survey) {
                graph.externalise("model.onnx");
                graph.to_bytes().unwrap();
            }
        }
        assert!(parsed > 50, "{parsed} of the damaged {name} still parse, too few for a test");
    }
}
