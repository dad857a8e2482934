//! The judges that a study names, opened with what was given on the command line.

use std::path::{Path, PathBuf};

use clap::Args;

use tauscope_core::{
    CancelToken,
    error::{Error, Result},
};
use tauscope_runtime::{Runtime, SessionOptions};
use tauscope_studies::judges::{
    ClipScore, Judge, NetworkFeatures, ProgramJudge, Reward,
    scene_reader::{ReaderFeatures, SceneJudge, SceneReader},
};

/// What judges are made of that do not belong to the program.
#[derive(Args, Debug)]
#[command(next_help_heading = "Judges")]
pub(super) struct JudgeOptions {
    /// Who judges, instead of the study's judges: scene-reader, reader-fid, clip-score, fid, kid, image-reward, program
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(super) judges: Vec<String>,
    /// The folder of a CLIP that optimum exported, for clip-score
    #[arg(long, value_name = "DIR")]
    clip: Option<PathBuf>,
    /// The ONNX graph whose features FID and KID are computed of, with its JSON beside it
    #[arg(long, value_name = "FILE")]
    features: Option<PathBuf>,
    /// The ONNX graph of a reward model, with its JSON and tokenizer beside it, for image-reward
    #[arg(long, value_name = "FILE")]
    reward: Option<PathBuf>,
    /// A program that answers questions, one JSON line each
    #[arg(long, value_name = "COMMAND")]
    judge_command: Option<String>,
}

impl JudgeOptions {
    /// Opens the judges with these names. People judge later, with `tauscope review`.
    ///
    /// # Errors
    /// [`Error::Input`] for a judge that needs an option which was not given, and what opening reports.
    pub(super) fn open(
        &self,
        names: &[String],
        runtime: &Runtime,
        options: &SessionOptions,
        cancel: &CancelToken,
    ) -> Result<Vec<Box<dyn Judge>>> {
        let mut judges: Vec<Box<dyn Judge>> = Vec::new();
        let mut has_features = false;
        for name in names {
            match name.as_str() {
                "scene-reader" => {
                    judges.push(Box::new(SceneJudge::new(SceneReader::open(runtime, options, cancel)?)));
                }
                "reader-fid" => {
                    judges.push(Box::new(ReaderFeatures::new(SceneReader::open(runtime, options, cancel)?)));
                }
                "clip-score" => {
                    let folder = given(self.clip.as_deref(), name, "--clip DIR")?;
                    judges.push(Box::new(ClipScore::open(runtime, folder, options, cancel)?));
                }
                // One network's features serve both.
                "fid" | "kid" if has_features => {}
                "fid" | "kid" => {
                    let file = given(self.features.as_deref(), name, "--features FILE.onnx")?;
                    judges.push(Box::new(NetworkFeatures::open(runtime, file, options, cancel)?));
                    has_features = true;
                }
                "image-reward" => {
                    let file = given(self.reward.as_deref(), name, "--reward FILE.onnx")?;
                    judges.push(Box::new(Reward::open(runtime, file, options, cancel)?));
                }
                "program" => {
                    let command = given(self.judge_command.as_deref(), name, "--judge-command COMMAND")?;
                    judges.push(Box::new(ProgramJudge::open(name, command, ProgramJudge::PATIENCE)?));
                }
                "people" => {}
                unknown => {
                    return Err(Error::input(
                        format!("There is no judge \"{unknown}\"."),
                        "`tauscope evaluate --help` lists the judges.",
                    ));
                }
            }
        }
        Ok(judges)
    }
}

/// What an option gave, or a sentence that asks for it.
fn given<'a, T: ?Sized>(value: Option<&'a T>, judge: &str, option: &str) -> Result<&'a T> {
    value.ok_or_else(|| {
        Error::input(
            format!("The judge {judge} needs a model or a program that is not part of Tauscope."),
            format!("Give it with {option}; docs/judges.md says how it is made."),
        )
    })
}

/// Whether a path was given that is not there, so that it is told before anything is loaded.
pub(super) fn require(path: &Path) -> Result<()> {
    std::fs::metadata(path).map(|_| ()).map_err(Error::reading(path))
}
