//! What is made with a loaded model: paintings, painted by a worker, kept in a history, written as files.
//!
//! * [`export`]: pictures and maps as files,
//! * [`painting`]: what a painting is, and what it stores so that it can be painted again,
//! * [`worker`]: the one thread that owns a loaded model,
//! * [`history`]: finished paintings, kept on disk.
//!
//! What this is not: the loop that paints (`tauscope-core`), sessions (`tauscope-runtime`), or the window.

pub mod export;
pub mod history;
pub mod painting;
pub mod worker;
