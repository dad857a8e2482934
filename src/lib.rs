//! The window and the command line of Tauscope: watch Stable Diffusion XL paint, see where every word looks, and steer
//! it.
//!
//! The top floor of the workspace: [`app`] is the window, [`cli`] the command line, and `main.rs` calls the latter. What
//! they stand on lies in `crates`; `ARCHITECTURE.md` tells how it fits together and which rules hold.

pub mod app;
pub mod cli;
