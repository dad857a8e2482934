//! Values from another text than the keys (method.md 4): V is made from [`contract::VALUE_STATES`].

use super::{Rewrite, wrong_survey};
use crate::{Result, contract, forms::TEXT};

impl Rewrite {
    /// Copies the nodes at these places, which make V from the text, so that they make it from the value states; gives
    /// the new name of V. The originals may make K too, and all layers often read one cast of the text, so they stay
    /// unchanged, and are pruned where nothing reads them any more. Weights are shared.
    ///
    /// # Errors
    /// [`wrong_survey`].
    pub(super) fn values_from_states(&mut self, values: &str, path: &[usize]) -> Result<String, String> {
        let nodes = path.iter().map(|&at| self.graph.node.get(at).map(|node| (at, node.clone())));
        let nodes: Vec<_> = nodes.collect::<Option<_>>().ok_or_else(wrong_survey)?;
        let mut read = TEXT.to_owned();
        for (place, (at, node)) in nodes.iter().enumerate() {
            let mut copy = node.clone();
            let input = copy.input.iter_mut().find(|input| **input == read).ok_or_else(wrong_survey)?;
            *input = states_of(input);
            let next = nodes.get(place + 1).map(|(_, next)| &next.input);
            let leads_on = |made: &&String| next.map_or(*made == values, |inputs| inputs.contains(made));
            read.clone_from(node.output.iter().find(leads_on).ok_or_else(wrong_survey)?);
            for output in copy.output.iter_mut().filter(|output| !output.is_empty()) {
                *output = states_of(output);
            }
            copy.name = copy.output.first().cloned();
            if self.copied_values.insert(copy.name().to_owned()) {
                self.before.entry(*at).or_default().push(copy);
            }
        }
        if read == values { Ok(states_of(values)) } else { Err(wrong_survey()) }
    }
}

/// The name of the value states, or of a value made from them, in place of the text and a value made from that.
fn states_of(text: &str) -> String {
    if text == TEXT { contract::VALUE_STATES.to_owned() } else { format!("tauscope.values/{text}") }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use crate::{
        DType, Graph, build, contract, intercept,
        proto::{GraphProto, NodeProto},
        survey,
    };

    /// The value that the layer's projection reads, through casts.
    fn read_by(graph: &GraphProto, projection: &str) -> (String, usize) {
        let maker = |value: &str| graph.node.iter().find(|node| node.output.iter().any(|made| made == value));
        let made = |node: &&NodeProto| node.output[0].ends_with(projection);
        let mut value = graph.node.iter().find(made).unwrap().input[0].clone();
        let mut casts = 0;
        while let Some(node) = maker(&value) {
            assert_eq!(node.op_type(), "Cast");
            value = node.input[0].clone();
            casts += 1;
        }
        (value, casts)
    }

    fn check(name: &str, bytes: &'static [u8], casts: &[DType], expected_casts: usize) {
        let mut graph = Graph::parse(name, Bytes::from_static(bytes)).unwrap();
        let inner: &mut GraphProto = graph.model.graph.mut_or_insert_default();
        if !casts.is_empty() {
            let names: Vec<String> = (0..casts.len()).map(|at| format!("cast {at}")).collect();
            for node in &mut inner.node {
                if ["attn2/to_k/MatMul", "attn2/to_v/MatMul"].iter().any(|end| node.name().ends_with(end)) {
                    node.input[0].clone_from(&names[casts.len() - 1]);
                }
            }
            for (at, dtype) in casts.iter().enumerate() {
                let text = at.checked_sub(1).map_or("encoder_hidden_states", |before| &names[before]);
                let to = build::int("to", dtype.to_onnx().into());
                inner.node.insert(at, build::node("", "Cast", [text], vec![names[at].clone()], vec![to]));
            }
        }
        let survey = survey(&graph);
        let rewritten = intercept(graph, &survey).unwrap().graph;
        rewritten.validate().unwrap();
        let states = (contract::VALUE_STATES.to_owned(), expected_casts);
        assert_eq!(read_by(rewritten.graph(), "attn2/to_v/MatMul_output_0"), states, "{name}");
        let text = ("encoder_hidden_states".to_owned(), expected_casts);
        assert_eq!(read_by(rewritten.graph(), "attn2/to_k/MatMul_output_0"), text, "{name}");
        let signature = rewritten.signature();
        let (text, states) =
            (signature.input("encoder_hidden_states"), signature.input(contract::VALUE_STATES));
        assert_eq!(text.map(|port| (port.dtype, &port.shape)), states.map(|port| (port.dtype, &port.shape)));
    }

    #[test]
    fn values_are_read_from_a_text_of_their_own() {
        let plain = include_bytes!("../../tests/fixtures/form_a.onnx");
        let half = include_bytes!("../../tests/fixtures/form_e.onnx");
        check("plain", plain, &[], 0);
        check("cast twice", plain, &[DType::F16, DType::F32], 2);
        check("half", half, &[], 1);
    }
}
