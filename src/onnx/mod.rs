//! ONNX graphs as data: read, find attention, rewrite, write back.
//!
//! Works on bytes only: no files, no network, no ONNX Runtime. A graph comes in as [`bytes::Bytes`] (a mapped
//! file or memory) and weights stay slices of those bytes, so nothing large is ever copied.

pub mod contract;
