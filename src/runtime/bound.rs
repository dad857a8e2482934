//! A session that keeps its inputs where it wants them: what does not change from run to run, as the text, is converted
//! and copied to the device once.

use std::{collections::BTreeMap, sync::Arc};

use ndarray::{ArrayD, ArrayViewD};
use ort::{
    memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType},
    session::{IoBinding, NoSelectedOutputs, RunOptions, Session, SessionOutputs},
    value::DynValue,
};

use super::{failure::failed, tensor};
use crate::{diffusion::CancelToken, error::Result, onnx::Port};

/// A session with its inputs.
#[derive(Debug)]
pub(super) struct BoundSession {
    session: Session,
    binding: IoBinding,
    /// What was put last, by the input's name.
    kept: BTreeMap<String, ArrayD<f32>>,
}

impl BoundSession {
    /// Nothing is put yet.
    ///
    /// # Errors
    /// [`Error::Runtime`](crate::Error::Runtime).
    pub(super) fn new(session: Session) -> Result<Self> {
        let binding = session.create_binding().map_err(|error| failed("preparing the inputs", &error))?;
        Ok(Self { session, binding, kept: BTreeMap::new() })
    }

    /// Whether the graph has this input.
    pub(super) fn takes(&self, name: &str) -> bool {
        self.session.inputs().iter().any(|input| input.name() == name)
    }

    /// Puts `array` at `port`, in the port's type; an array that is there already stays.
    ///
    /// # Errors
    /// As [`tensor::input`]; [`Error::Runtime`](crate::Error::Runtime).
    pub(super) fn put(&mut self, port: &Port, array: ArrayViewD<'_, f32>) -> Result<()> {
        if self.kept.get(&port.name).is_some_and(|kept| kept == array) {
            return Ok(());
        }
        self.bind(&port.name, &tensor::input(port, array.view())?)?;
        self.kept.insert(port.name.clone(), array.to_owned());
        Ok(())
    }

    /// Puts a tensor at the input `name`.
    ///
    /// # Errors
    /// [`Error::Runtime`](crate::Error::Runtime).
    pub(super) fn bind(&mut self, name: &str, value: &DynValue) -> Result<()> {
        self.kept.remove(name);
        self.binding.bind_input(name, value).map_err(|error| failed("handing over an input", &error))
    }

    /// Runs the session on what was put, as [`super::run`] does. Outputs come to the CPU.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled), [`Error::Runtime`](crate::Error::Runtime), what `read` returns.
    pub(super) fn run<T>(
        &mut self,
        doing: &str,
        cancel: &CancelToken,
        read: impl FnOnce(&SessionOutputs<'_>) -> Result<T>,
    ) -> Result<T> {
        let refused = |error: ort::Error| failed(doing, &error);
        // Bound anew for each run: ONNX Runtime would write into the last run's, whose sizes may be others.
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

#[cfg(test)]
mod tests {
    use ndarray::{Ix1, array};

    use super::{
        super::{LibraryOptions, Runtime, SessionOptions, open_session, sdxl},
        *,
    };
    use crate::onnx::{DType, Dim, probe_graph};

    #[test]
    fn an_input_stays_until_another_is_put() {
        let cancel = CancelToken::new();
        let runtime = Runtime::start(&LibraryOptions::from_environment(), &mut |_| {}, &cancel).unwrap();
        let options = SessionOptions { threads: 1, ..SessionOptions::default() };
        let session =
            open_session(&runtime, &probe_graph(), None, &options, None, "trying", &cancel).unwrap();
        let mut session = BoundSession::new(session).unwrap();
        let port = Port { name: "x".into(), dtype: DType::F32, shape: vec![Dim::Fixed(1)] };
        let mut check = |x: Option<f32>, bound: Option<f32>, expected: f32| {
            if let Some(x) = x {
                session.put(&port, array![x].into_dyn().view()).unwrap();
            }
            if let Some(bound) = bound {
                session.bind("x", &tensor::vector("x", vec![bound]).unwrap()).unwrap();
            }
            let y = session.run("adding", &cancel, |outputs| sdxl::array::<Ix1>(outputs, "y")).unwrap();
            assert_eq!(y, array![expected]);
        };
        check(Some(1.0), None, 2.0);
        check(None, None, 2.0);
        check(Some(1.0), None, 2.0);
        check(Some(3.0), None, 6.0);
        check(None, Some(4.0), 8.0);
        check(Some(3.0), None, 6.0);
    }
}
