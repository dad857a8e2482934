//! A session whose inputs stay on its device: what does not change from run to run, like the text, is converted and
//! copied there once.

use std::{collections::BTreeMap, sync::Arc};

use ndarray::{ArrayD, ArrayViewD};
use ort::{
    memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType},
    session::{IoBinding, NoSelectedOutputs, RunOptions, Session, SessionOutputs},
    value::DynValue,
};

use super::{failure::failed, tensor};
use tauscope_core::{CancelToken, error::Result};
use tauscope_onnx::Port;

/// A session with its inputs.
#[derive(Debug)]
pub(super) struct BoundSession {
    session: Session,
    binding: IoBinding,
    kept: Kept,
}

impl BoundSession {
    /// The session, without any input yet.
    ///
    /// # Errors
    /// [`Error::Runtime`](tauscope_core::Error::Runtime).
    pub(super) fn new(session: Session) -> Result<Self> {
        let binding = session.create_binding().map_err(|error| failed("preparing the inputs", &error))?;
        Ok(Self { session, binding, kept: Kept::default() })
    }

    /// Whether the graph has this input.
    pub(super) fn takes(&self, name: &str) -> bool {
        self.session.inputs().iter().any(|input| input.name() == name)
    }

    /// Binds `array` to `port`, in the port's type, unless the same array is bound there already.
    ///
    /// # Errors
    /// As [`tensor::input`]; [`Error::Runtime`](tauscope_core::Error::Runtime).
    pub(super) fn put(&mut self, port: &Port, array: ArrayViewD<'_, f32>) -> Result<()> {
        if self.kept.has(&port.name, &array) {
            return Ok(());
        }
        self.bind(&port.name, &tensor::input(port, array.view())?)?;
        self.kept.keep(&port.name, array.to_owned());
        Ok(())
    }

    /// Binds a tensor to the input `name`.
    ///
    /// # Errors
    /// [`Error::Runtime`](tauscope_core::Error::Runtime).
    pub(super) fn bind(&mut self, name: &str, value: &DynValue) -> Result<()> {
        self.kept.forget(name);
        self.binding.bind_input(name, value).map_err(|error| failed("binding an input", &error))
    }

    /// Runs the session on what is bound, as [`super::run`] does. Outputs come to the CPU.
    ///
    /// # Errors
    /// [`Error::Cancelled`](tauscope_core::Error::Cancelled), [`Error::Runtime`](tauscope_core::Error::Runtime), what `read` returns.
    pub(super) fn run<T>(
        &mut self,
        doing: &str,
        cancel: &CancelToken,
        read: impl FnOnce(&SessionOutputs<'_>) -> Result<T>,
    ) -> Result<T> {
        let refused = |error: ort::Error| failed(doing, &error);
        // Bound again for each run: ONNX Runtime would write into the last run's outputs, whose sizes may differ.
        self.binding.clear_outputs();
        let cpu = MemoryInfo::new(AllocationDevice::CPU, 0, AllocatorType::Device, MemoryType::CPUOutput)
            .map_err(refused)?;
        for output in self.session.outputs() {
            self.binding.bind_output_to_device(output.name(), &cpu).map_err(refused)?;
        }
        let options: Arc<RunOptions<NoSelectedOutputs>> = Arc::new(RunOptions::new().map_err(refused)?);
        let terminate = Arc::clone(&options);
        // Terminating fails only for options that do not exist.
        let interrupt = move || terminate.terminate().unwrap_or_default();
        let (session, binding) = (&mut self.session, &self.binding);
        let result = cancel.guard(interrupt, || {
            let outputs = session.run_binding_with_options(binding, &options).map_err(refused)?;
            read(&outputs)
        });
        // The outputs of a large model are too many to keep until the next run.
        self.binding.clear_outputs();
        result
    }
}

/// The arrays that were put last, by the input's name.
#[derive(Debug, Default)]
struct Kept(BTreeMap<String, ArrayD<f32>>);

impl Kept {
    fn has(&self, name: &str, array: &ArrayViewD<'_, f32>) -> bool {
        self.0.get(name).is_some_and(|kept| kept == array)
    }

    fn keep(&mut self, name: &str, array: ArrayD<f32>) {
        self.0.insert(name.to_owned(), array);
    }

    fn forget(&mut self, name: &str) {
        self.0.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn only_the_same_array_at_the_same_input_is_kept() {
        let (one, same, two) = (array![1.0].into_dyn(), array![1.0].into_dyn(), array![[1.0]].into_dyn());
        let mut kept = Kept::default();
        assert!(!kept.has("text", &one.view()));
        kept.keep("text", one);
        assert!(kept.has("text", &same.view()));
        assert!(!kept.has("pooled", &same.view()));
        assert!(!kept.has("text", &two.view()), "another shape");
        kept.keep("text", two);
        assert!(!kept.has("text", &same.view()));
        kept.forget("text");
        assert!(!kept.has("text", &array![[1.0]].into_dyn().view()));
        // NaN is no number to rely on.
        kept.keep("text", array![f32::NAN].into_dyn());
        assert!(!kept.has("text", &array![f32::NAN].into_dyn().view()));
    }
}
