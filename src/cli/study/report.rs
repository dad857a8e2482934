//! `tauscope report`: tables and figures of runs of studies.

use std::path::{Path, PathBuf};

use clap::Args;

use super::super::output;
use tauscope_core::error::{Error, Result};
use tauscope_studies::{report::Report as Told, run::Results};

/// The arguments of `tauscope report`.
#[derive(Args, Debug)]
pub(in super::super) struct Report {
    /// Folders of runs; the first arm of the first is what all others are compared with
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// Where to write; the folder "report" in the first run's if not given
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Whose answers count; the first judge that answered if not given
    #[arg(long, value_name = "NAME")]
    judge: Option<String>,
    /// Statistics of real pictures (.npz with mu and sigma) that FID is measured to, instead of the first arm's pictures
    #[arg(long, value_name = "FILE.npz")]
    reference: Option<PathBuf>,
    /// Print the figures as JSON and write nothing
    #[arg(long)]
    json: bool,
}

impl Report {
    /// Writes or prints the report.
    ///
    /// # Errors
    /// What reading the runs and writing the files report.
    pub(in super::super) fn run(&self) -> Result<()> {
        let names: Vec<_> = self.folders.iter().map(|folder| name_of(folder)).collect();
        let are_told_apart = names.iter().enumerate().all(|(at, name)| !names[..at].contains(name));
        let read = |(folder, name): (&PathBuf, &String)| {
            let results = Results::with_sets(folder, self.reference.as_deref())?;
            let name = if are_told_apart { name.clone() } else { folder.display().to_string() };
            Ok((name, results))
        };
        let results = self.folders.iter().zip(&names).map(read).collect::<Result<Vec<_>>>()?;
        let report = Told::of(&results, self.judge.as_deref());
        if self.json {
            let json = serde_json::to_string_pretty(&report.json()).map_err(|error| {
                Error::Internal(format!("the report cannot be written as JSON ({error})."))
            })?;
            return output::line(&json);
        }
        let out = self.out.clone().unwrap_or_else(|| self.folders[0].join("report"));
        let picture = |run: &str, file: &str| {
            let at = results.iter().position(|(name, _)| name == run)?;
            Some(image::open(self.folders[at].join(file)).ok()?.into_rgb8())
        };
        for file in report.write(&out, picture)? {
            output::line(&file.display().to_string())?;
        }
        Ok(())
    }
}

/// What a run is called: its folder's name.
fn name_of(folder: &Path) -> String {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    whole.file_name().map_or_else(|| "run".to_owned(), |name| name.to_string_lossy().into_owned())
}
