//! Whether a device has the operators of a graph, said in plainer words than ONNX Runtime's.

use super::Device;
use tauscope_core::error::{Error, Result};
use tauscope_onnx::Graph;

/// Refuses a graph with operators that the device does not have.
///
/// # Errors
/// [`Error::Graph`] with their names and what to do.
pub(super) fn check(device: Device, graph: &Graph) -> Result<()> {
    let missing = (device.description().missing_operators)(graph);
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::graph(
        graph.name(),
        format!(
            "it was optimised for a GPU, and ONNX Runtime has no {} for the {device}. Export the model again without \
             that: `optimum-cli export onnx` without `--optimize O4`, or Olive without its GPU optimisations.",
            missing.join(" and no ")
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A protobuf field of bytes.
    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, content.len() as u8], content].concat()
    }

    #[test]
    fn a_graph_for_gpus_is_refused_in_one_sentence() {
        fn check(operators: &[(&str, &str)], expected: Option<&str>) {
            let node = |&(operator, domain): &(&str, &str)| {
                field(1, &[field(4, operator.as_bytes()), field(7, domain.as_bytes())].concat())
            };
            let nodes: Vec<u8> = operators.iter().flat_map(node).collect();
            let model = [field(7, &nodes), field(8, &[0x10, 18])].concat();
            let graph = Graph::parse("unet", model.into()).unwrap();
            let refusal = super::check(Device::CPU, &graph).err().map(|error| error.to_string());
            match (&refusal, expected) {
                (Some(refusal), Some(expected)) => assert!(refusal.contains(expected), "{refusal}"),
                _ => assert_eq!(refusal.as_deref(), expected),
            }
        }
        let (conv, norm) = (("NhwcConv", "com.microsoft"), ("GroupNorm", "com.microsoft"));
        check(&[("Conv", "")], None);
        check(&[("SkipLayerNormalization", "com.microsoft")], None);
        check(&[conv], Some("has no NhwcConv for the CPU"));
        check(&[conv, norm, conv], Some("has no GroupNorm and no NhwcConv for the CPU"));
    }
}
