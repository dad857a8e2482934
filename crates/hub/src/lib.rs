//! Hugging Face: the cache on disk that its programs share, and downloads into it.
//!
//! [`open`] is the entry point: it opens a folder, or the repository `org/name`, from the cache or downloaded first.
//! [`cached`] lists the models in the cache that are ready to use. The transfer is our own, because a model is gigabytes:
//! it resumes after a lost connection, verifies checksums, and can be cancelled at any time. It only reads models; it is
//! no general client for the hub.

mod access;
mod address;
mod cached;
mod client;
mod download;
mod expand;
mod listing;
mod needed;
mod open;
mod part;
mod progress;
mod refusal;
mod repository;
mod retries;
mod store;

pub use access::{Access, Token};
pub use address::is_address;
pub use cached::{CachedModel, cached};
pub use download::download;
pub use open::open;
pub use progress::{DownloadProgress, DownloadStage};
pub use repository::Repository;
