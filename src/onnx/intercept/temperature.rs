//! A self-attention layer's temperature (method.md 1).
//!
//! Where a scalar scales Q K^T it is multiplied by 1/tau, so a neutral run costs a handful of scalar operations. Where
//! the scale is inside of a node, Q is multiplied.

use super::{Rewrite, foreign};
use crate::{
    Result,
    onnx::{
        AttentionLayer, DType,
        build::{self, node},
        contract,
        forms::Temperature,
    },
};

impl Rewrite {
    /// Lets a self-attention layer take its 1/tau.
    pub(super) fn temper(&mut self, layer: &AttentionLayer, temperature: &Temperature) -> Result<()> {
        let value = |what: &str| format!("tauscope.{what}/{}", layer.name);
        let (at, place, operand, made, dtype) = match temperature {
            Temperature::Scale { node, scalar, dtype } => (*node, 1, scalar, value("scale"), *dtype),
            Temperature::Query { node, query, dtype } => (*node, 0, query, value("query"), *dtype),
        };
        let (layer_index, mut factor) = (value("layer"), value("inverse_temperature"));
        self.graph.initializer.push(build::scalar(&layer_index, self.self_attention.len() as i64));
        let (turn, mut nodes) = self.after_last_row(at, layer_index, value("turn"));
        let inputs = [contract::INVERSE_TEMPERATURE, &turn];
        nodes.push(node("", "Gather", inputs, vec![factor.clone()], vec![]));

        let changed = self.graph.node.get_mut(at).ok_or_else(foreign)?;
        let input = changed.input.get_mut(place).filter(|input| *input == operand).ok_or_else(foreign)?;
        input.clone_from(&made);
        // x / (s / f) = x / s * f: the operator that applies the scale is also the one that changes it.
        let operator =
            if matches!(temperature, Temperature::Scale { .. }) { changed.op_type() } else { "Mul" };
        if dtype != DType::F32 {
            let cast = value("inverse_temperature_cast");
            let to = build::int("to", dtype.to_onnx().into());
            nodes.push(node("", "Cast", [factor.as_str()], vec![cast.clone()], vec![to]));
            factor = cast;
        }
        nodes.push(node("", operator, [operand.as_str(), &factor], vec![made], vec![]));
        self.before.entry(at).or_default().extend(nodes);
        self.self_attention.push(layer.name.to_string());
        Ok(())
    }
}
