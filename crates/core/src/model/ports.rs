//! An opened graph and checks of its inputs and outputs.

use std::collections::BTreeMap;

use super::{Files, MOST_LATENTS, WeightFile, advice::CHOOSE_SDXL, check_weights};
use crate::{Error, Result};
use tauscope_onnx::{DType, Dim, Graph, Port, Signature};

/// The remedy for most problems with a graph.
pub(super) const EXPORT_AGAIN: &str = "Export the model again with a current Hugging Face optimum.";

/// The most rows of a batch that a graph may be fixed to. Missing ones are filled, so it decides what a call takes.
const MOST_ROWS: usize = 64;
/// The most numbers in any other dimension.
const MOST_NUMBERS: usize = 1 << 16;

/// A graph whose weights are all there.
pub(super) struct Ports {
    /// Path relative to the model.
    pub(super) file: String,
    pub(super) signature: Signature,
    pub(super) weight_bytes: u64,
    pub(super) single_bytes: u64,
    /// Files beside it with its weights, relative to the model.
    pub(super) weight_files: Vec<String>,
    /// Its name in messages.
    name: String,
}

impl Ports {
    /// Reads the graph and checks that every file of its weights exists and is long enough.
    ///
    /// # Errors
    /// [`Error::Graph`] if it is not a graph, [`Error::Model`] if weights are missing, [`Error::File`] if it cannot be read.
    pub(super) fn open(files: &Files, file: String) -> Result<Self> {
        let name = files.at(&file).display().to_string();
        let graph = Graph::parse(&name, files.read(&file)?)?;
        let inventory = graph.inventory();
        check_weights(files, &file, &inventory)?;
        let weight_bytes = inventory.weight_bytes.values().copied().fold(0, u64::saturating_add);
        let single_bytes = single_bytes(&inventory.weight_bytes);
        let beside = WeightFile::of(files, &file, &inventory).into_iter();
        let weight_files = beside.map(|weights| weights.file).collect();
        Ok(Self { signature: graph.signature(), weight_bytes, single_bytes, weight_files, name, file })
    }

    /// The input with this name; checks its type and its number of dimensions.
    pub(super) fn input(&self, name: &str, dtypes: &[DType], rank: usize) -> Result<&Port> {
        let port = self.signature.input(name);
        self.checked(port.ok_or_else(|| self.lacks("input", name))?, dtypes, rank)
    }

    /// The output with this name; checks its type and its number of dimensions.
    pub(super) fn output(&self, name: &str, dtypes: &[DType], rank: usize) -> Result<&Port> {
        let port = self.signature.output(name);
        self.checked(port.ok_or_else(|| self.lacks("output", name))?, dtypes, rank)
    }

    /// Refuses graphs with inputs other than `names`.
    pub(super) fn takes_only(&self, names: &[&str]) -> Result<()> {
        match self.signature.inputs.iter().find(|input| !names.contains(&input.name.as_str())) {
            Some(input) => Err(self.fault(format!(
                "it needs the input `{}`, which no plain SDXL model has. {CHOOSE_SDXL}",
                input.name
            ))),
            None => Ok(()),
        }
    }

    /// The length of a dimension that the graph must fix.
    pub(super) fn fixed(&self, port: &Port, axis: usize, meaning: &str) -> Result<usize> {
        fixed(port, axis)
            .ok_or_else(|| self.fault(format!("`{}` does not say its {meaning}. {EXPORT_AGAIN}", port.name)))
    }

    /// The length of latents along an axis, if the graph fixes it.
    pub(super) fn latents(&self, port: &Port, axis: usize) -> Result<Option<usize>> {
        match fixed(port, axis) {
            Some(length) if length > MOST_LATENTS => Err(self.fault(format!(
                "`{}` is {length} latents long, and {MOST_LATENTS} are the most that can be painted. {EXPORT_AGAIN}",
                port.name
            ))),
            length => Ok(length),
        }
    }

    /// Checks the length of a dimension, if the graph fixes it.
    pub(super) fn expect(&self, port: &Port, axis: usize, expected: usize, meaning: &str) -> Result<()> {
        match fixed(port, axis) {
            Some(found) if found != expected => Err(self.fault(format!(
                "`{}` has {found} {meaning} and SDXL has {expected}. {CHOOSE_SDXL}",
                port.name
            ))),
            _ => Ok(()),
        }
    }

    /// An error about this graph.
    pub(super) fn fault(&self, problem: impl Into<String>) -> Error {
        Error::graph(&self.name, problem)
    }

    fn lacks(&self, what: &str, name: &str) -> Error {
        let ports = if what == "input" { &self.signature.inputs } else { &self.signature.outputs };
        let names: Vec<_> = ports.iter().map(|port| port.name.as_str()).collect();
        self.fault(format!("it has no {what} `{name}`, only {}. {EXPORT_AGAIN}", names.join(", ")))
    }

    fn checked<'a>(&self, port: &'a Port, dtypes: &[DType], rank: usize) -> Result<&'a Port> {
        let known: Vec<_> = dtypes.iter().map(DType::to_string).collect();
        if !dtypes.contains(&port.dtype) {
            return Err(self.fault(format!(
                "`{}` is of type {}, but has to be {}. Export the model again in fp32 or fp16.",
                port.name,
                port.dtype,
                known.join(" or ")
            )));
        }
        for (axis, dim) in port.shape.iter().enumerate() {
            let most = if axis == 0 { MOST_ROWS } else { MOST_NUMBERS };
            if let &Dim::Fixed(length) = dim
                && !(1..=most).contains(&length)
            {
                return Err(self.fault(format!(
                    "dimension {axis} of `{}` is {length} long, and no SDXL model has more than {most} or none. \
                     {EXPORT_AGAIN}",
                    port.name
                )));
            }
        }
        if !port.shape.is_empty() && port.shape.len() != rank {
            return Err(self.fault(format!(
                "`{}` has {} dimensions where SDXL has {rank}. {EXPORT_AGAIN}",
                port.name,
                port.shape.len()
            )));
        }
        Ok(port)
    }
}

/// The length of a dimension, if the graph fixes it.
pub(super) fn fixed(port: &Port, axis: usize) -> Option<usize> {
    match port.shape.get(axis) {
        Some(Dim::Fixed(length)) => Some(*length),
        _ => None,
    }
}

/// The bytes that these weights take in single precision.
fn single_bytes(weights: &BTreeMap<DType, u64>) -> u64 {
    let single = |(dtype, &bytes): (&DType, &u64)| match dtype {
        DType::F16 => bytes.saturating_mul(2),
        _ => bytes,
    };
    weights.iter().map(single).fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_takes_twice_as_much_in_single() {
        let weights = BTreeMap::from([(DType::F16, 10), (DType::F32, 8), (DType::I64, 4)]);
        assert_eq!(single_bytes(&weights), 32);
    }
}
