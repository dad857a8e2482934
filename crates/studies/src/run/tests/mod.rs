//! Runs of a small study by a scripted model.

mod bench;
mod embedded;
mod folder;
mod merge;
mod resume;
mod review;
mod runner;
