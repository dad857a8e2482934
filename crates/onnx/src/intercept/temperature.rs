//! A self-attention layer's temperature (method.md 1).
//!
//! In nodes that are kept, the scalar that scales Q K^T is multiplied by 1/tau, or Q if the scale is inside of a node.

use super::{Rewrite, wrong_survey};
use crate::{
    AttentionLayer, DType, Result,
    build::{self, node},
    contract,
    forms::Temperature,
    proto::NodeProto,
};

impl Rewrite {
    /// Applies 1/tau in the nodes of a self-attention layer, which are kept.
    ///
    /// # Errors
    /// [`wrong_survey`].
    pub(super) fn apply_temperature(
        &mut self,
        layer: &AttentionLayer,
        temperature: &Temperature,
    ) -> Result<(), String> {
        let value = |what: &str| format!("tauscope.{what}/{}", layer.name);
        let (at, place, operand, made, dtype) = match temperature {
            Temperature::Scale { node, scalar, dtype } => (*node, 1, scalar, value("scale"), *dtype),
            Temperature::Query { node, query, dtype } => (*node, 0, query, value("query"), *dtype),
        };
        let (factor, mut nodes) = self.inverse_temperature(layer, at, dtype);

        let changed = self.graph.node.get_mut(at).ok_or_else(wrong_survey)?;
        let input =
            changed.input.get_mut(place).filter(|input| *input == operand).ok_or_else(wrong_survey)?;
        input.clone_from(&made);
        // x / (s / f) = x / s * f: the operator that applies the scale is also the one that changes it.
        let operator =
            if matches!(temperature, Temperature::Scale { .. }) { changed.op_type() } else { "Mul" };
        nodes.push(node("", operator, [operand.as_str(), &factor], vec![made], vec![]));
        self.before.entry(at).or_default().extend(nodes);
        Ok(())
    }

    /// The 1/tau of the next self-attention layer, a scalar of type `dtype` for nodes at the place `at`; and the nodes
    /// that make it.
    pub(super) fn inverse_temperature(
        &mut self,
        layer: &AttentionLayer,
        at: usize,
        dtype: DType,
    ) -> (String, Vec<NodeProto>) {
        let value = |what: &str| format!("tauscope.{what}/{}", layer.name);
        let (index, mut factor) = (value("layer"), value("inverse_temperature"));
        self.graph.initializer.push(build::scalar(&index, self.self_attention.len() as i64));
        self.self_attention.push(layer.name.to_string());
        let (turn, mut nodes) = self.after_last_row(at, index, value("turn"));
        let inputs = [contract::INVERSE_TEMPERATURE, &turn];
        nodes.push(node("", "Gather", inputs, vec![factor.clone()], vec![]));
        if dtype != DType::F32 {
            let cast = value("inverse_temperature_cast");
            let to = build::int("to", dtype.to_onnx().into());
            nodes.push(node("", "Cast", [factor.as_str()], vec![cast.clone()], vec![to]));
            factor = cast;
        }
        (factor, nodes)
    }
}
