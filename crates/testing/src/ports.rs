//! ONNX files with other inputs or weights: these are replaced field by field, and everything else stays the same.

use half::f16;
use protobuf::{CodedInputStream, rt::WireType};

use crate::tiny_graph::{PortShape, message, port};

/// `model` with these inputs: they replace those of the same names, and the others are added.
pub(crate) fn with_inputs(model: &[u8], inputs: &[PortShape<'_>]) -> Vec<u8> {
    const GRAPH: u32 = 7;
    const INPUT: u32 = 11;
    const NAME: u32 = 1;
    let name_of = |port: &[u8]| fields(port, NAME).concat();
    let is_replaced = |port: &[u8]| inputs.iter().any(|(name, ..)| name_of(port) == name.as_bytes());
    rewrite(model, GRAPH, &mut |graph| {
        let kept = rewrite(graph, INPUT, &mut |port| (!is_replaced(port)).then(|| port.to_vec()));
        let added = message(|out| inputs.iter().try_for_each(|&input| out.write_bytes(INPUT, &port(input))));
        Some([kept, added].concat())
    })
}

/// Copies a message; each of its fields with this number becomes what `change` says, or is left out.
fn rewrite(bytes: &[u8], field: u32, change: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>) -> Vec<u8> {
    let mut stream = CodedInputStream::from_bytes(bytes);
    let mut copy = Vec::with_capacity(bytes.len());
    loop {
        let from = stream.pos() as usize;
        let Some(tag) = stream.read_raw_tag_or_eof().unwrap() else { return copy };
        if tag >> 3 == field {
            let content = stream.read_bytes().unwrap();
            if let Some(changed) = change(&content) {
                copy.extend(message(|out| out.write_bytes(field, &changed)));
            }
        } else {
            stream.skip_field(WireType::new(tag & 7).unwrap()).unwrap();
            copy.extend_from_slice(&bytes[from..stream.pos() as usize]);
        }
    }
}

/// The contents of all fields with this number, which hold bytes.
fn fields(bytes: &[u8], field: u32) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    rewrite(bytes, field, &mut |content| {
        found.push(content.to_vec());
        None
    });
    found
}

/// The values of all fields with this number, which hold integers.
fn numbers(bytes: &[u8], field: u32) -> Vec<usize> {
    let mut stream = CodedInputStream::from_bytes(bytes);
    let mut found = Vec::new();
    while let Some(tag) = stream.read_raw_tag_or_eof().unwrap() {
        if tag >> 3 == field {
            found.push(stream.read_raw_varint64().unwrap() as usize);
        } else {
            stream.skip_field(WireType::new(tag & 7).unwrap()).unwrap();
        }
    }
    found
}

/// A UNet with LoRAs merged in: to the weight of each linear layer of attention, W = W + strength * B A, of rank 1.
pub fn with_loras(model: &[u8], strength: f32) -> Vec<u8> {
    const GRAPH: u32 = 7;
    const WEIGHT: u32 = 5;
    const DIMS: u32 = 1;
    const NAME: u32 = 8;
    const DATA: u32 = 9;
    rewrite(model, GRAPH, &mut |graph| {
        Some(rewrite(graph, WEIGHT, &mut |weight| {
            let name = String::from_utf8(fields(weight, NAME).concat()).unwrap();
            if !name.starts_with("onnx::MatMul") {
                return Some(weight.to_vec());
            }
            let columns = numbers(weight, DIMS)[1];
            Some(rewrite(weight, DATA, &mut |data| {
                let merged = data.chunks_exact(2).enumerate().map(|(at, value)| {
                    let (row, column) = (at / columns, at % columns);
                    let delta = strength * (row as f32).sin() * (column as f32).cos();
                    f16::from_f32(f16::from_le_bytes([value[0], value[1]]).to_f32() + delta)
                });
                Some(merged.flat_map(f16::to_le_bytes).collect())
            }))
        }))
    })
}
