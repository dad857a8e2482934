//! A cross-attention layer as one node of the program's own operator.

use super::Rewrite;
use crate::{
    AttentionLayer,
    build::{self, node},
    contract::{self, DOMAIN},
    proto::NodeProto,
};

impl Rewrite {
    /// The operator of a cross-attention layer, which makes `out`.
    pub(super) fn cross_attention_operator(
        &self,
        layer: &AttentionLayer,
        projections: &[String; 3],
        out: String,
    ) -> NodeProto {
        let name = layer.name.as_str();
        let controls = [
            contract::TOKEN_GROUP,
            contract::TOKEN_WEIGHT,
            contract::MASK_STRENGTH,
            contract::MASK_REDUCE,
            contract::CONDITIONAL_ROW,
            contract::REGIONS,
        ];
        let mut operator = node(
            DOMAIN,
            contract::CROSS_ATTENTION,
            projections.iter().map(String::as_str).chain(controls),
            vec![
                out,
                contract::map_output(name),
                contract::neutral_output(name),
                contract::score_output(name),
            ],
            vec![
                build::int(contract::HEADS, layer.heads as i64),
                build::float(contract::SCALE, layer.scale),
                build::int(contract::LAYER, self.cross.len() as i64),
            ],
        );
        operator.name = Some(format!("tauscope.attention/{name}"));
        operator
    }
}
