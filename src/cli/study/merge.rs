//! `tauscope merge`: the shards of a study become one run.

use std::path::PathBuf;

use clap::Args;

use super::super::output;
use tauscope_core::error::Result;
use tauscope_studies::run::merge;

/// The arguments of `tauscope merge`.
#[derive(Args, Debug)]
pub(in super::super) struct Merge {
    /// The folders of the shards, all of them
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// The folder to make of them
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Merge {
    /// Checks that the shards belong together, and makes one folder of them.
    ///
    /// # Errors
    /// As [`merge`].
    pub(in super::super) fn run(&self) -> Result<()> {
        merge(&self.folders, &self.out)?;
        output::line(&self.out.display().to_string())
    }
}
