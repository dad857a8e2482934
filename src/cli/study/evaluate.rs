//! `tauscope evaluate`: paints a study's prompts under its arms and has the pictures judged, into a folder that goes on after
//! any end.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use clap::{Args, ValueEnum};
use serde_json::json;

use super::{
    super::{args, output, report::Report},
    judges::{JudgeOptions, require},
};
use tauscope_core::{
    CancelToken, data_folder,
    diffusion::Settings,
    error::{Error, Result},
    model::ModelFolder,
};
use tauscope_language::{Language, LanguageData};
use tauscope_runtime::Runtime;
use tauscope_studies::{
    report::Report as Told,
    run::{ModelName, Painters, Progress, Results, RunFolder, RunOptions, Shard, estimate, run_study},
    study::{Half, Plan, Sample, StudyFile, fill_questions, take_questions, write_prompts},
};
use tauscope_studio::{
    export::to_image,
    painting::ModelSource,
    worker::{Commission, EngineLoader, EngineOptions, LoadedModel, ModelLoader},
};

/// The arguments of `tauscope evaluate`.
#[derive(Args, Debug)]
pub(in super::super) struct Evaluate {
    /// A study: a TOML file, or alignment, ablation, guidance, tau, mask or search, which belong to the program
    #[arg(value_name = "STUDY")]
    study: String,
    /// The run's folder; one that is there already is gone on with. The study's name if not given
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Prompts instead of the study's own: JSON Lines with checks, plain text, COCO captions or CSV
    #[arg(long, value_name = "FILE")]
    prompts: Option<PathBuf>,
    /// The column of a CSV file that holds the prompts
    #[arg(long, value_name = "NAME")]
    column: Option<String>,
    /// Only the prompts of this half: settings are searched for on one and told on the other
    #[arg(long, value_enum, value_name = "HALF")]
    half: Option<HalfArgument>,
    /// Only so many of the prompts, drawn at random but always the same
    #[arg(long, value_name = "N")]
    sample: Option<usize>,
    /// How many pictures of each prompt and arm
    #[arg(long, value_name = "N")]
    seeds: Option<usize>,
    /// Only these arms
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    arms: Vec<String>,
    /// Questions made elsewhere, for prompts without checks
    #[arg(long, value_name = "FILE")]
    questions: Option<PathBuf>,
    /// Write the prompts with their questions to a file that can be edited and given with --prompts, and paint nothing
    #[arg(long, value_name = "FILE")]
    write_questions: Option<PathBuf>,
    /// Say how many pictures there are, and how long they take, after painting two of them
    #[arg(long)]
    dry_run: bool,
    /// Only this part of the study, as in 2/4; `tauscope merge` puts the parts together
    #[arg(long, value_name = "I/N", default_value_t)]
    shard: Shard,
    /// How many pictures are painted at once, each with a model in memory
    #[arg(long, value_name = "N", default_value_t = 1)]
    parallel: usize,
    /// Try pictures that failed again
    #[arg(long)]
    retry_failed: bool,
    #[command(flatten)]
    judges: JudgeOptions,
    #[command(flatten)]
    model: args::Model,
    #[command(flatten)]
    library: args::Library,
    #[command(flatten)]
    sessions: args::Sessions,
    /// Print the counts as JSON
    #[arg(long)]
    json: bool,
    /// Tell progress on standard error as JSON Lines, for programs that run this one
    #[arg(long)]
    json_progress: bool,
    /// Print no progress
    #[arg(long, short)]
    quiet: bool,
}

/// Which prompts.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum HalfArgument {
    Development,
    Report,
    Both,
}

impl Evaluate {
    /// Runs the study, or says what it would take.
    ///
    /// # Errors
    /// A study that cannot be run, a judge that cannot be opened, what loading and writing report, and
    /// [`Error::Cancelled`].
    pub(in super::super) fn run(&self, cancel: &CancelToken) -> Result<()> {
        let mut report = Report::new(self.quiet || self.json_progress);
        let plan = self.plan(&mut report)?;
        if let Some(file) = &self.write_questions {
            write_prompts(file, &plan.prompts)?;
            return output::line(&file.display().to_string());
        }
        let options = self.sessions.engine(&self.library);
        let source = self.model.source();
        let model = self.model_name(&source, &mut report, cancel)?;
        if self.dry_run {
            return self.tell_cost(&plan, &source, &options, &mut report, cancel);
        }
        let out = self.out.clone().unwrap_or_else(|| PathBuf::from(&plan.name));
        let mut folder = RunFolder::create(&out, &plan, &model, self.shard)?;
        let runtime = Runtime::start(
            &options.library,
            &mut |fetch| report.stage(&fetch.to_string(), fetch.fraction()),
            cancel,
        )?;
        report.stage("Opening the judges", None);
        let mut judges = self.judges.open(&plan.judges, &runtime, &options.session, cancel)?;
        let load = |cancel: &CancelToken| load(&source, &options, cancel);
        let painters = Painters { load: &load, count: self.parallel };
        let run = RunOptions { retry_failed: self.retry_failed, data_folder: self.data_folder() };
        report.begin_pictures(folder.total());
        let summary = run_study(&mut folder, painters, &mut judges, &run, cancel, &mut |progress| {
            if self.json_progress {
                eprintln!("{}", in_json(progress));
            } else {
                report.pictures(&in_words(progress), progress.done);
            }
        })?;
        for notice in RunFolder::notices(&out)? {
            report.remark(&notice.notice);
        }
        report.end();
        let results = Results::read(&out)?;
        let judge = plan.judges.iter().find(|judge| results.answers.contains_key(*judge));
        self.tell(&out, &results, judge.map(String::as_str), &summary.not_judged)
    }

    /// The study as it will be run: with the options' prompts, arms and judges, and a question for every prompt.
    fn plan(&self, report: &mut Report) -> Result<Plan> {
        let mut file = StudyFile::find(&self.study)?;
        if let Some(prompts) = &self.prompts {
            require(prompts)?;
            file.selection.prompts.clone_from(prompts);
            (file.selection.half, file.selection.level) = (None, None);
            file.selection.kinds.clear();
        }
        if let Some(half) = self.half {
            file.selection.half = match half {
                HalfArgument::Development => Some(Half::Development),
                HalfArgument::Report => Some(Half::Report),
                HalfArgument::Both => None,
            };
        }
        if self.column.is_some() {
            file.selection.column.clone_from(&self.column);
        }
        if let Some(prompts) = self.sample {
            let seed = file.selection.sample.map_or(0, |sample| sample.seed);
            file.selection.sample = Some(Sample { prompts, seed });
        }
        let (mut plan, notices) = file.into_plan()?;
        notices.iter().for_each(|notice| report.remark(notice));
        plan.samples = self.seeds.unwrap_or(plan.samples);
        if !self.arms.is_empty() {
            plan.retain_arms(&self.arms)?;
        }
        if !self.judges.judges.is_empty() {
            plan = plan.with_judges(&self.judges.judges)?;
        }
        if let Some(questions) = &self.questions {
            take_questions(questions, &mut plan.prompts)?.iter().for_each(|notice| report.remark(notice));
        }
        if plan.prompts.iter().any(|prompt| prompt.checks.is_empty()) {
            let data = LanguageData::open(self.data_folder().as_deref())?;
            let language = Language::from_reader(&data.name.clone(), data)?;
            fill_questions(&mut plan.prompts, &language);
        }
        plan.validate()?;
        Ok(plan)
    }

    fn data_folder(&self) -> Option<PathBuf> {
        self.library.options().data_dir.or_else(data_folder)
    }

    /// Which model it is, without loading it.
    fn model_name(
        &self,
        source: &ModelSource,
        report: &mut Report,
        cancel: &CancelToken,
    ) -> Result<ModelName> {
        let folder = match source {
            ModelSource::Embedded => ModelFolder::embedded()?,
            ModelSource::Folder(path) => tauscope_hub::open(
                path,
                self.library.offline,
                &mut |progress| report.stage(&progress.to_string(), progress.fraction()),
                cancel,
            )?,
        };
        Ok(ModelName { name: folder.name.clone(), fingerprint: folder.fingerprint })
    }

    /// Paints two pictures, and says what all of them take.
    fn tell_cost(
        &self,
        plan: &Plan,
        source: &ModelSource,
        options: &EngineOptions,
        report: &mut Report,
        cancel: &CancelToken,
    ) -> Result<()> {
        report.stage("Loading the model", None);
        let LoadedModel { info, mut painter, .. } = load(source, options, cancel)?;
        let settings = plan.arms[0].settings(&plan.common.settings(&info.usual_settings()));
        let settings = Settings { prompt: plan.prompts[0].prompt.clone(), ..settings };
        report.stage("Painting two pictures", None);
        let commission = Commission::new(settings);
        // The first run of a session is slower than the others.
        painter.paint(&commission, cancel, &mut |_| ())?;
        let started = Instant::now();
        let outcome = painter.paint(&commission, cancel, &mut |_| ())?;
        let painted = started.elapsed();
        let bytes = png_bytes(&to_image(outcome.image.view()))?;
        let cost = estimate(plan, self.shard, painted.as_secs_f64(), bytes);
        if self.json {
            return output::line(
                &json!({
                    "pictures": cost.pictures,
                    "seconds_a_picture": painted.as_secs_f64(),
                    "seconds": cost.time.as_secs_f64(),
                    "bytes": cost.bytes,
                })
                .to_string(),
            );
        }
        output::line(&format!(
            "{} pictures, about {} at {:.1} s a picture, and {:.1} MB.",
            cost.pictures,
            time_in_words(cost.time),
            painted.as_secs_f64(),
            cost.bytes as f64 / 1e6,
        ))
    }

    fn tell(
        &self,
        out: &Path,
        results: &Results,
        judge: Option<&str>,
        not_judged: &std::collections::BTreeMap<String, (usize, String)>,
    ) -> Result<()> {
        let told = Told::of(&[(results.study.clone(), results.clone())], judge);
        if self.json {
            let json = serde_json::to_string_pretty(&told.json()).map_err(|error| {
                Error::Internal(format!("the counts cannot be written as JSON ({error})."))
            })?;
            return output::line(&json);
        }
        for (judge, (pictures, reason)) in not_judged {
            eprintln!("{judge} could not judge {pictures} pictures: {reason}");
        }
        output::line(&told.markdown())?;
        output::line(&format!("tauscope report {} makes tables and figures of this.", out.display()))
    }
}

/// Loads a model on the thread that paints with it.
fn load(source: &ModelSource, options: &EngineOptions, cancel: &CancelToken) -> Result<LoadedModel> {
    EngineLoader::new(options.clone()).load(source, &mut |_, _| (), cancel)
}

/// How large a picture's file is.
fn png_bytes(picture: &image::RgbImage) -> Result<u64> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, image::ImageFormat::Png)
        .map_err(|error| Error::Internal(format!("a picture cannot be encoded ({error}).")))?;
    Ok(bytes.into_inner().len() as u64)
}

fn in_json(progress: &Progress<'_>) -> serde_json::Value {
    let Progress { done, total, failed, seconds_a_picture, left, .. } = *progress;
    let seconds_left = left.map(|left| left.as_secs_f64());
    json!({
        "done": done,
        "total": total,
        "failed": failed,
        "seconds_a_picture": seconds_a_picture,
        "seconds_left": seconds_left,
    })
}

fn in_words(progress: &Progress<'_>) -> String {
    let mut text = String::new();
    if let Some(left) = progress.left {
        text.push_str(&format!("{} left", time_in_words(left)));
    }
    if progress.failed > 0 {
        text.push_str(&format!(", {} failed", progress.failed));
    }
    text
}

/// "2 h 5 min", "40 s".
fn time_in_words(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 3600, seconds / 60 % 60) {
        (0, 0) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}
