//! Values from another text than keys (method.md 4): a layer's value projection reads [`contract::VALUE_STATES`].

use super::{Rewrite, foreign};
use crate::{
    Result,
    onnx::{contract, forms::TEXT},
};

impl Rewrite {
    /// Lets the value projection at this place read the value states where it reads the text, through casts of their
    /// own where the text is cast.
    pub(super) fn repoint_values(&mut self, projection: usize) -> Result<()> {
        let read = self.graph.node.get(projection).and_then(|node| node.input.first());
        let mut value = read.ok_or_else(foreign)?.clone();
        let states = states_of(&value);
        while value != TEXT {
            let makes = |output: &String| *output == value;
            let at = self.graph.node.iter().position(|node| node.output.iter().any(makes));
            let at = at.ok_or_else(foreign)?;
            let mut cast = self.graph.node[at].clone();
            let input = cast.input.first_mut().ok_or_else(foreign)?;
            let before = std::mem::replace(input, states_of(input));
            // The cast is often one for all layers, and so is its copy.
            let copy = states_of(&value);
            if self.value_casts.insert(copy.clone()) {
                cast.name = Some(copy.clone());
                cast.output = vec![copy];
                self.before.entry(at).or_default().push(cast);
            }
            value = before;
        }
        self.graph.node[projection].input[0] = states;
        Ok(())
    }
}

/// What stands for the text, or for a cast of it.
fn states_of(text: &str) -> String {
    if text == TEXT { contract::VALUE_STATES.to_owned() } else { format!("tauscope.values/{text}") }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use crate::onnx::{
        DType, Graph, build, contract, intercept,
        proto::{GraphProto, NodeProto},
        survey,
    };

    /// The value that the layer's projection reads, through casts.
    fn read_by(graph: &GraphProto, projection: &str) -> (String, usize) {
        let maker = |value: &str| graph.node.iter().find(|node| node.output.iter().any(|made| made == value));
        let named = |node: &&NodeProto| node.name().ends_with(projection);
        let mut value = graph.node.iter().find(named).unwrap().input[0].clone();
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
        assert_eq!(read_by(rewritten.graph(), "attn2/to_v/MatMul"), states, "{name}");
        let text = ("encoder_hidden_states".to_owned(), expected_casts);
        assert_eq!(read_by(rewritten.graph(), "attn2/to_k/MatMul"), text, "{name}");
        let signature = rewritten.signature();
        let (text, states) =
            (signature.input("encoder_hidden_states"), signature.input(contract::VALUE_STATES));
        assert_eq!(text.map(|port| (port.dtype, &port.shape)), states.map(|port| (port.dtype, &port.shape)));
    }

    #[test]
    fn values_are_read_from_a_text_of_their_own() {
        let plain = include_bytes!("../../../tests/fixtures/onnx/form_a.onnx");
        let half = include_bytes!("../../../tests/fixtures/onnx/form_e.onnx");
        check("plain", plain, &[], 0);
        check("cast twice", plain, &[DType::F16, DType::F32], 2);
        check("half", half, &[], 1);
    }
}
