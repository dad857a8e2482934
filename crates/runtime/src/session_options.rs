//! How sessions are made.

use std::thread;

use super::Device;
use tauscope_onnx::Dialect;

/// How a session is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionOptions {
    /// Where it runs; `None` for the best device that [`choose_device`](super::choose_device) finds. A session that is
    /// made without asking it runs on the CPU.
    pub device: Option<Device>,
    /// Intercepts attention with standard operators, even where the program's own ones run.
    pub portable: bool,
    /// Threads within one operator, the calling one included.
    pub threads: usize,
    /// Rearranges weights for speed, in the precision that the device computes in. On the CPU that is a copy of their
    /// size, or three times that for half precision. Otherwise they are used as they are stored.
    pub prepack: bool,
    /// When [`super::Sdxl`] saves memory.
    pub low_memory: LowMemory,
}

impl Default for SessionOptions {
    /// The CPU, one thread per physical core, prepacked.
    fn default() -> Self {
        Self {
            device: Some(Device::CPU),
            portable: false,
            threads: physical_cores(),
            prepack: true,
            low_memory: LowMemory::Auto,
        }
    }
}

impl SessionOptions {
    /// The operators that the intercepted UNet is written in.
    pub fn dialect(&self) -> Dialect {
        match self.portable || !self.device.unwrap_or_default().runs_operators() {
            true => Dialect::Portable,
            false => Dialect::Operators,
        }
    }
}

/// Physical cores that this process may use. A second thread on a core shares the arithmetic units that matrix
/// products keep busy, so it gains nothing.
pub fn physical_cores() -> usize {
    let allowed = thread::available_parallelism().map_or(1, usize::from);
    sysinfo::System::physical_core_count().map_or(allowed, |cores| cores.min(allowed))
}

/// When memory is saved at the cost of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LowMemory {
    /// If there is not enough of it.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_do_not_outnumber_what_the_process_may_use() {
        let allowed = thread::available_parallelism().unwrap().get();
        assert!((1..=allowed).contains(&physical_cores()));
    }
}
