//! ONNX files with other inputs: ports are replaced field by field, and everything else stays as it was.

use protobuf::{CodedInputStream, CodedOutputStream, rt::WireType};

/// Element types, as ONNX numbers them.
pub(crate) const FLOAT: i32 = 1;
pub(crate) const INT64: i32 = 7;

/// Name, element type and dimensions; -1 is any length.
pub(crate) type Input<'a> = (&'a str, i32, &'a [i64]);

/// `model` with these inputs in place of those of the same names, or beside the others.
pub(crate) fn with_inputs(model: &[u8], inputs: &[Input<'_>]) -> Vec<u8> {
    const GRAPH: u32 = 7;
    const INPUT: u32 = 11;
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

fn name_of(port: &[u8]) -> Vec<u8> {
    const NAME: u32 = 1;
    let mut name = Vec::new();
    rewrite(port, NAME, &mut |content| {
        name = content.to_vec();
        None
    });
    name
}

/// A `ValueInfoProto`.
fn port((name, dtype, dims): Input<'_>) -> Vec<u8> {
    let shape = message(|shape| {
        dims.iter().try_for_each(|&dim| {
            shape.write_bytes(1, &message(|out| if dim < 0 { Ok(()) } else { out.write_int64(1, dim) }))
        })
    });
    let tensor = message(|tensor| {
        tensor.write_int32(1, dtype)?;
        tensor.write_bytes(2, &shape)
    });
    message(|value| {
        value.write_string(1, name)?;
        value.write_bytes(2, &message(|kind| kind.write_bytes(1, &tensor)))
    })
}

fn message(write: impl FnOnce(&mut CodedOutputStream<'_>) -> protobuf::Result<()>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut stream = CodedOutputStream::vec(&mut bytes);
    write(&mut stream).unwrap();
    stream.flush().unwrap();
    drop(stream);
    bytes
}
