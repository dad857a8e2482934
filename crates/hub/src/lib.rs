//! Hugging Face: the cache on disk that its programs share, and downloads into it.
//!
//! [`open`] is the door: it opens a folder, or the repository that `org/name` names, from the cache or downloaded first.
//! [`cached`] lists what lies in the cache ready to be painted with. The transfer is ours, because a model is gigabytes: it
//! goes on after a lost connection, checks what came, and can be cancelled at any moment. What this is not: a client for anything but reading models.

mod access;
mod cached;
mod client;
mod download;
mod listing;
mod needed;
mod open;
mod part;
mod patience;
mod progress;
mod refusal;
mod repository;
mod store;

pub use access::{Access, Token};
pub use cached::{CachedModel, cached};
pub use download::download;
pub use open::open;
pub use progress::{Progress, Stage};
pub use repository::Repository;
