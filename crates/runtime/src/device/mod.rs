//! The devices, which are ONNX Runtime's execution providers: one file each, and the list of them here. Nothing outside
//! this folder asks which device it has; what is special about one is a fact of its description.

mod cpu;
mod cuda;
mod description;
mod directml;
mod nvidia;
mod openvino;
mod webgpu;

use std::fmt;

use ort::environment::Environment;

pub(super) use self::description::{DeviceDescription, Missing, Plugin};
use super::bundle::Bundle;

/// An execution provider of ONNX Runtime.
#[derive(Clone, Copy)]
pub struct Device(&'static DeviceDescription);

impl Device {
    /// ONNX Runtime's own CPU provider, which always runs.
    pub const CPU: Self = Self(&cpu::CPU);

    /// Every device, the better ones of those that are taken unasked first.
    pub const ALL: [Self; 5] = [
        Self::CPU,
        Self(&cuda::CUDA),
        Self(&directml::DIRECTML),
        Self(&openvino::OPENVINO),
        Self(&webgpu::WEBGPU),
    ];

    /// The device that the command line calls `argument`.
    pub fn from_argument(argument: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|device| device.argument() == argument)
    }

    /// As the command line takes it: "directml".
    pub fn argument(self) -> &'static str {
        self.0.argument
    }

    /// What it runs on, in a few words.
    pub fn summary(self) -> &'static str {
        self.0.summary
    }

    /// Whether the program's own operators run on it.
    pub fn runs_operators(self) -> bool {
        self.0.runs_operators
    }

    /// Whether it computes on the threads that a session is given.
    pub fn uses_threads(self) -> bool {
        self.0.uses_threads
    }

    /// All that is known of it.
    pub(super) fn description(self) -> &'static DeviceDescription {
        self.0
    }

    /// Those that are taken unasked, the best first.
    pub(super) fn automatic() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|device| device.0.is_automatic)
    }

    /// Whether every ONNX Runtime serves it.
    pub(super) fn runs_in_any_library(self) -> bool {
        self.0.library.is_any()
    }

    /// The ONNX Runtime that it needs, or the CPU's if there is none of its own for this machine.
    pub(super) fn library(self) -> &'static Bundle {
        if self.0.library.wheels().is_some() { self.0.library } else { &cpu::LIBRARY }
    }

    /// Whether the loaded library was built with it. That says nothing of the machine.
    pub(super) fn is_in_library(self) -> bool {
        (self.0.is_in_library)().unwrap_or(false)
    }

    /// Says that its driver is missing, if it can tell.
    pub(super) fn missing_driver(self) -> Option<Missing> {
        self.0.missing_driver.and_then(|missing| missing())
    }

    /// What its plugin offers on this machine, if it is one that was registered.
    pub(super) fn plugged_in(self, environment: &Environment) -> Option<(Plugin, ort::device::Device<'_>)> {
        let plugin = self.0.plugin?;
        Some((plugin, (plugin.offered)(environment)?))
    }
}

impl Default for Device {
    fn default() -> Self {
        Self::CPU
    }
}

impl PartialEq for Device {
    fn eq(&self, other: &Self) -> bool {
        self.argument() == other.argument()
    }
}

impl Eq for Device {}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Device({})", self.argument())
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

#[cfg(test)]
mod tests;
