//! For tests of `model` and of programs (`tauscope_testing::variants`): ONNX files with only inputs, outputs and references
//! to weights, written field by field.

use protobuf::CodedOutputStream;

/// Element types, as ONNX numbers them.
pub(super) const FLOAT: i32 = 1;
pub(super) const INT64: i32 = 7;
pub(super) const BF16: i32 = 16;

/// Name, element type and dimensions; -1 stands for any length.
pub(super) type PortShape<'a> = (&'a str, i32, &'a [i64]);

/// A UNet's inputs and outputs, as optimum names them.
pub(super) fn unet(channels: i64, context: i64, pooled: Option<i64>, time_ids: i64, dtype: i32) -> Vec<u8> {
    let (sample, context, time_ids) = ([-1, channels, -1, -1], [-1, -1, context], [-1, time_ids]);
    let pooled = pooled.map(|width| [-1, width]);
    let mut inputs: Vec<PortShape<'_>> = vec![
        ("sample", dtype, &sample),
        ("timestep", dtype, &[]),
        ("encoder_hidden_states", dtype, &context),
    ];
    if let Some(pooled) = &pooled {
        inputs.push(("text_embeds", dtype, pooled));
        inputs.push(("time_ids", dtype, &time_ids));
    }
    graph(&inputs, &[("out_sample", dtype, &sample)], &[])
}

/// An ONNX file with these inputs and outputs, and in each external file one f32 weight of the given number of bytes.
pub(super) fn graph(
    inputs: &[PortShape<'_>],
    outputs: &[PortShape<'_>],
    external: &[(&str, i64)],
) -> Vec<u8> {
    let graph = message(|graph| {
        for &(file, bytes) in external {
            graph.write_bytes(5, &weight(file, bytes))?;
        }
        for &input in inputs {
            graph.write_bytes(11, &port(input))?;
        }
        for &output in outputs {
            graph.write_bytes(12, &port(output))?;
        }
        Ok(())
    });
    message(|model| {
        model.write_int64(1, 8)?;
        model.write_bytes(7, &graph)?;
        model.write_bytes(8, &message(|opset| opset.write_int64(2, 18)))
    })
}

/// A `ValueInfoProto`.
pub(super) fn port((name, dtype, dims): PortShape<'_>) -> Vec<u8> {
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

/// A `TensorProto` with its data in `file`.
fn weight(file: &str, bytes: i64) -> Vec<u8> {
    const EXTERNAL: i32 = 1;
    message(|tensor| {
        tensor.write_int64(1, bytes / 4)?;
        tensor.write_int32(2, FLOAT)?;
        tensor.write_string(8, "weight")?;
        let entry = message(|entry| {
            entry.write_string(1, "location")?;
            entry.write_string(2, file)
        });
        tensor.write_bytes(13, &entry)?;
        tensor.write_int32(14, EXTERNAL)
    })
}

/// The bytes that `write` writes.
pub(super) fn message(write: impl FnOnce(&mut CodedOutputStream<'_>) -> protobuf::Result<()>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut stream = CodedOutputStream::vec(&mut bytes);
    write(&mut stream).unwrap();
    stream.flush().unwrap();
    drop(stream);
    bytes
}
