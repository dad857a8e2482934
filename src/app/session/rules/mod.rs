//! What concerns several slices, a file for each occasion. A rule reads slices and calls their methods; no slice knows
//! of it. From the ground up: `asking` and `showing`; then `steering` and `comparing`, which ask for pictures, and
//! `filing`, which shows them; then `painting`, where the worker's events come in.

pub(super) mod asking;
pub(super) mod comparing;
pub(super) mod filing;
pub(super) mod painting;
pub(super) mod showing;
pub(super) mod steering;

pub use steering::LIVE_RUN_SECONDS;
