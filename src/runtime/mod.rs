//! The ONNX Runtime library, execution providers and sessions: the only room besides `operators` that knows `ort`.
