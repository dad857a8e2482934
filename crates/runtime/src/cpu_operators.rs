//! Which operators outside ONNX's own set ONNX Runtime's CPU provider can run: graphs that were optimised for a GPU hold
//! others, and no session on the CPU opens them.

/// The CPU provider's operators of `com.microsoft`, as ONNX Runtime's docs/OperatorKernels.md lists them.
/// Versions only ever add to them.
const MICROSOFT: &[&str] = &[
    "Attention",
    "AttnLSTM",
    "BeamSearch",
    "BiasGelu",
    "BifurcationDetector",
    "CDist",
    "ConvTransposeWithDynamicPads",
    "CropAndResize",
    "DecoderMaskedMultiHeadAttention",
    "DequantizeLinear",
    "DynamicQuantizeLSTM",
    "DynamicQuantizeMatMul",
    "DynamicTimeWarping",
    "EmbedLayerNormalization",
    "ExpandDims",
    "FastGelu",
    "FusedConv",
    "FusedGemm",
    "FusedMatMul",
    "GatherBlockQuantized",
    "GatherND",
    "Gelu",
    "GreedySearch",
    "GridSample",
    "GroupQueryAttention",
    "Inverse",
    "MatMulBnb4",
    "MatMulFpQ4",
    "MatMulInteger16",
    "MatMulIntegerToFloat",
    "MatMulNBits",
    "MaxpoolWithMask",
    "MoE",
    "MultiHeadAttention",
    "MurmurHash3",
    "NGramRepeatBlock",
    "NhwcMaxPool",
    "Pad",
    "QAttention",
    "QEmbedLayerNormalization",
    "QGemm",
    "QLinearAdd",
    "QLinearAveragePool",
    "QLinearConcat",
    "QLinearConv",
    "QLinearGlobalAveragePool",
    "QLinearLeakyRelu",
    "QLinearMul",
    "QLinearSigmoid",
    "QLinearSoftmax",
    "QLinearWhere",
    "QMoE",
    "QuantizeLinear",
    "QuickGelu",
    "Range",
    "RotaryEmbedding",
    "SampleOp",
    "Sampling",
    "SkipLayerNormalization",
    "SkipSimplifiedLayerNormalization",
    "SparseAttention",
    "SparseToDenseMatMul",
    "Tokenizer",
    "TransposeMatMul",
    "Trilu",
    "UnfoldTensor",
    "Unique",
    "WhisperBeamSearch",
    "WordConvEmbedding",
];

/// Whether the CPU provider is known to run the operator `name` of the set `domain`; "" is ONNX's own.
pub fn runs_on_cpu(domain: &str, name: &str) -> bool {
    match domain {
        "" | "ai.onnx.ml" | "com.microsoft.nchwc" => true,
        "com.microsoft" => MICROSOFT.binary_search(&name).is_ok(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_for_gpus_are_told_apart() {
        assert!(MICROSOFT.is_sorted(), "they are searched by halves");
        fn check(domain: &str, name: &str, expected: bool) {
            assert_eq!(runs_on_cpu(domain, name), expected, "{domain} {name}");
        }
        check("", "Conv", true);
        check("com.microsoft", "MultiHeadAttention", true);
        check("com.microsoft", "NhwcConv", false);
        check("com.microsoft", "GroupNorm", false);
        check("com.microsoft", "BiasSplitGelu", false);
        check("ai.onnx.contrib", "CLIPTokenizer", false);
    }
}
