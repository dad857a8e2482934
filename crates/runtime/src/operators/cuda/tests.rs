//! The kernels of attention.cu, run on the CPU by emulator.cpp, and the source beside what was compiled of it.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::LazyLock,
};

use half::f16;
use sha2::{Digest, Sha256};

use super::{
    driver::PTX,
    launch::{Call, Launch, Tensors, launches},
    operator::{control_bytes, scratch},
};
use crate::operators::{
    kernel::Element,
    problem::{Problem, Shape},
};

/// The emulator, compiled when a test first needs it.
static EMULATOR: LazyLock<(tempfile::TempDir, PathBuf)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("emulator");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/operators/cuda/emulator.cpp");
    let status = Command::new("c++")
        .args(["-std=c++17", "-O2", "-Wall", "-Wextra", "-Wno-unknown-pragmas", "-Werror", "-o"])
        .args([&program, &source])
        .status()
        .expect("a C++ compiler (apt install build-essential)");
    assert!(status.success(), "emulator.cpp does not compile");
    (folder, program)
});

/// Bytes between two buffers, which nothing may change.
const GAP: usize = 64;
const UNTOUCHED: u8 = 0xa5;

/// The device's memory, and what lies where in it.
#[derive(Default)]
struct Memory {
    bytes: Vec<u8>,
    buffers: Vec<(usize, usize)>,
}

impl Memory {
    /// Places `bytes` and returns their address.
    fn place(&mut self, bytes: &[u8]) -> u64 {
        self.bytes.resize((self.bytes.len() + GAP).next_multiple_of(GAP), UNTOUCHED);
        self.buffers.push((self.bytes.len(), bytes.len()));
        self.bytes.extend_from_slice(bytes);
        self.buffers[self.buffers.len() - 1].0 as u64
    }

    /// Runs the kernels.
    fn run(&mut self, launches: &[Launch]) {
        self.bytes.resize(self.bytes.len() + GAP, UNTOUCHED);
        let mut input = (self.bytes.len() as u64).to_le_bytes().to_vec();
        input.extend_from_slice(&self.bytes);
        input.extend_from_slice(&(launches.len() as u32).to_le_bytes());
        for Launch { kernel, grid, shared_bytes, call } in launches {
            let mut name = [0; 32];
            name[..kernel.len()].copy_from_slice(kernel.as_bytes());
            input.extend_from_slice(&name);
            input.extend_from_slice(bytemuck::cast_slice(grid));
            input.extend_from_slice(&(*shared_bytes as u32).to_le_bytes());
            input.extend_from_slice(bytemuck::bytes_of(call));
        }
        let mut child =
            Command::new(&EMULATOR.1).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(&input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "the emulator failed");
        let before = std::mem::replace(&mut self.bytes, output.stdout);
        assert_eq!(self.bytes.len(), before.len());
        let mut end = 0;
        for &(start, len) in self.buffers.iter().chain([&(self.bytes.len(), 0)]) {
            assert_eq!(self.bytes[end..start], before[end..start], "something writes between buffers");
            end = start + len;
        }
    }

    fn buffer<T: bytemuck::Pod>(&self, address: u64) -> Vec<T> {
        let &(start, len) = self.buffers.iter().find(|(start, _)| *start as u64 == address).unwrap();
        bytemuck::pod_collect_to_vec(&self.bytes[start..start + len])
    }
}

/// out, map, neutral and score of `problem` by the kernels for tensors of T.
pub(in super::super) fn answer<T: Element + bytemuck::Pod>(problem: &Problem<'_, T>) -> [Vec<f32>; 4] {
    let Problem { shape, scale, q, k, v, conditional_row, control } = *problem;
    let Shape { patches, tokens, heads, .. } = shape;
    let mut memory = Memory::default();
    let [q, k, v] = [q, k, v].map(|tensor| memory.place(bytemuck::cast_slice(tensor)));
    let mut blank = |bytes: usize| memory.place(&vec![0xff; bytes]);
    let neutral = if control.acts() { patches } else { 0 };
    let tensors = Tensors {
        q,
        k,
        v,
        out: blank(shape.batch * patches * shape.channels() * size_of::<T>()),
        map: blank(4 * patches * tokens),
        neutral: blank(4 * neutral * tokens),
        score: blank(4 * patches * control.groups()),
    };
    // Laid out by the operator's own arithmetic, then with gaps, so that one part cannot run into the next unseen.
    let parts = scratch(0, shape);
    assert_eq!(parts.winner, (4 * heads * patches * tokens) as u64);
    assert_eq!(
        [parts.group - parts.winner, parts.weight - parts.group, parts.seats - parts.weight],
        [patches, tokens, tokens].map(|numbers| 4 * numbers as u64)
    );
    let control_bytes = control_bytes(&control);
    let (group, rest) = control_bytes.split_at(4 * tokens);
    let (weight, seats) = rest.split_at(4 * tokens);
    let scratch = super::launch::Scratch {
        probabilities: blank(4 * heads * patches * tokens),
        winner: blank(4 * patches),
        group: memory.place(group),
        weight: memory.place(weight),
        seats: memory.place(seats),
    };
    let is_half = size_of::<T>() == size_of::<f16>();
    memory.run(&launches(shape, is_half, scale, conditional_row, &control, tensors, scratch).unwrap());
    let out = T::widen(&memory.buffer::<T>(tensors.out), &mut Vec::new()).to_vec();
    [out, memory.buffer(tensors.map), memory.buffer(tensors.neutral), memory.buffer(tensors.score)]
}

#[test]
fn the_compiled_kernels_are_of_this_source() {
    let source = include_bytes!("attention.cu");
    let checksum = hex::encode(Sha256::digest(source));
    let first = PTX.lines().next();
    assert_eq!(first, Some(&*format!("// attention.cu {checksum}")), "run src/operators/cuda/compile.py");
    for kernel in ["attend_f32", "attend_f16", "attend_long_f32", "attend_long_f16", "head_mean", "score"] {
        // One argument of the size that the driver is given.
        let entry = format!(
            ".visible .entry {kernel}(\n\t.param .align 8 .b8 {kernel}_param_0[{}]",
            size_of::<Call>()
        );
        assert!(PTX.contains(&entry), "{kernel}");
    }
}
