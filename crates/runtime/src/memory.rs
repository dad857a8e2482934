//! How much memory this process takes, and how much is left.

use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System};

use tauscope_core::units;

/// A reading, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Resident set of this process: its own memory and the mapped files that are in memory now.
    pub resident_bytes: u64,
    /// What this process can still take without swapping, within its container's limit if it has one.
    pub available_bytes: u64,
}

impl Memory {
    /// What people should know before so many bytes of weights are loaded: "5.1 GB of weights, 18.2 GB free".
    pub fn before_loading(self, weight_bytes: u64) -> String {
        let (weights, free) = (units::bytes(weight_bytes), units::bytes(self.available_bytes));
        let warning = if weight_bytes > self.available_bytes { ", which may not be enough" } else { "" };
        format!("{weights} of weights, {free} free{warning}")
    }

    /// Reads both now; 0 where the system does not say.
    pub fn now() -> Self {
        let Ok(mut system) = System::new() else { return Self { resident_bytes: 0, available_bytes: 0 } };
        system.refresh_memory();
        let limited = system.cgroup_limits().map_or(u64::MAX, |limits| limits.free_memory);
        Self {
            resident_bytes: resident_bytes(&mut system).unwrap_or_default(),
            available_bytes: system.available_memory().min(limited),
        }
    }
}

/// The most that this process ever had resident, in bytes, mapped files included. Known on Linux only.
pub fn peak_resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? << 10)
}

fn resident_bytes(system: &mut System) -> Option<u64> {
    let process = sysinfo::get_current_pid().ok()?;
    let memory = ProcessRefreshKind::nothing().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[process]), false, memory);
    Some(system.process(process)?.memory())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_and_free_is_told() {
        fn check(weight_bytes: u64, expected: &str) {
            let memory = Memory { resident_bytes: 0, available_bytes: 8_000_000_000 };
            assert_eq!(memory.before_loading(weight_bytes), expected);
        }
        check(31_400_000, "31.4 MB of weights, 8.0 GB free");
        check(10_300_000_000, "10.3 GB of weights, 8.0 GB free, which may not be enough");
    }

    #[test]
    fn memory_that_is_taken_is_counted() {
        let taken = vec![1_u8; 64 << 20];
        let memory = Memory::now();
        assert!(taken.iter().all(|byte| *byte == 1));
        assert!(memory.resident_bytes >= taken.len() as u64, "{memory:?}");
        assert!(memory.available_bytes > 0, "{memory:?}");
        let peak = peak_resident_bytes();
        assert_eq!(peak.is_some(), cfg!(target_os = "linux"));
        assert!(peak.is_none_or(|peak| peak >= taken.len() as u64), "{peak:?}");
    }
}
