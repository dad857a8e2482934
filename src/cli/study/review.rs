//! `tauscope review`: people answer a study's questions in a window.

use std::path::PathBuf;

use clap::Args;

use crate::app;
use tauscope_core::error::{Error, Result};

/// The arguments of `tauscope review`.
#[derive(Args, Debug)]
pub(in super::super) struct Review {
    /// The folder of a run
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Who answers; each reviewer has a file of answers of their own. The system's user if not given
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

impl Review {
    /// Opens the window, and returns when it is closed.
    ///
    /// # Errors
    /// A folder that is no run's, a name that cannot be used, and no display.
    pub(in super::super) fn run(&self) -> Result<()> {
        let of_system = || ["USER", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
        let name = self
            .name
            .clone()
            .or_else(of_system)
            .ok_or_else(|| Error::input("It is not known who reviews.", "Say so, as in --name anna."))?;
        app::review(&self.folder, &name)
    }
}
