//! Finished paintings, kept on disk: they survive a restart, and reopening one restores its picture, its settings and
//! its heatmaps, and it can be branched from and looked at again.
//!
//! [`History`] is a folder with one folder per entry, written under a temporary name and then renamed, so that only
//! complete entries remain however the program ends, and several Tauscopes can share it. [`first_run`] is an entry
//! inside the program. The window calls all this from a thread of its own, since it reads and writes files. What this
//! is not: a place for exports (`export`), or for the run in progress (`worker`).
//!
//! An entry's files: `picture.png` with its metadata, `thumbnail.png`, `maps.npz` (arrays: see maps.rs) and `entry.json`.
//! Maps are kept per resolution (method.md 5), in half precision; latents exactly, so that a branch of a reopened
//! painting equals a branch of the original.

mod arrays;
mod description;
mod entry;
mod files;
mod first_run;
mod maps;
mod store;
#[cfg(test)]
mod tests;
mod workbench;

pub use entry::{Entry, EntryId};
pub use files::Opened;
pub use first_run::first_run;
pub use store::History;
