//! Generates the ONNX messages from `src/onnx.proto`.
//!
//! With rust-protobuf and not prost, because it keeps fields that it does not know (a rewritten graph loses
//! nothing that a newer exporter wrote) and because its bytes fields can be slices of the source, so weights are
//! never copied. Its parser is pure Rust: no protoc is needed.

use protobuf_codegen::{Codegen, Customize};

fn main() {
    println!("cargo::rerun-if-changed=src/onnx.proto");
    Codegen::new()
        .pure()
        .include("src")
        .input("src/onnx.proto")
        .customize(Customize::default().tokio_bytes(true).lite_runtime(true))
        .cargo_out_dir("proto")
        .run_from_script();
}
