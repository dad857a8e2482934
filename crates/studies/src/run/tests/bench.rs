//! A small study, a model that counts its paintings, and judges that count their pictures.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tempfile::TempDir;

use super::super::*;
use crate::{
    judges::{Judge, Picture, Verdict},
    study::{Arm, Check, Common, Kind, Plan, StudyPrompt},
};
use tauscope_core::{CancelToken, attention::Control, error::Result};
use tauscope_studio::{
    painting::ModelSource,
    worker::{LoadedModel, ModelLoader},
};
use tauscope_testing::fake::{FakeLoader, Moment, model_info};

/// Two prompts with entities and checks, two samples, two arms, small pictures of two steps.
pub(super) fn plan() -> Plan {
    let check = |question: &str| Check { kind: Kind::Colour, question: question.into(), scene: None };
    let prompt = |number, prompt: &str| StudyPrompt {
        number,
        prompt: prompt.into(),
        kind: Some(Kind::Colour),
        level: None,
        half: None,
        checks: vec![check("Is the cat red?"), check("Is the dog blue?")],
    };
    let arm = |name: &str, control| Arm { name: name.into(), control, ..Arm::default() };
    Plan {
        name: "pets".into(),
        arms: vec![arm("neutral", Control::neutral()), arm("our-reading", Control::our_reading())],
        prompts: vec![prompt(3, "a red cat and a blue dog"), prompt(8, "a blue dog with a red hat")],
        samples: 2,
        common: Common { size: Some([64, 64]), steps: Some(2), ..Common::default() },
        judges: vec!["reader".into()],
        ..Plan::default()
    }
}

/// A folder for a run, and a count of what is done for it.
pub(super) struct Bench {
    /// Removed with the bench.
    pub(super) _home: TempDir,
    pub(super) root: PathBuf,
    pub(super) plan: Plan,
    pub(super) shard: Shard,
    /// How many pictures were begun.
    pub(super) painted: Arc<AtomicUsize>,
    /// How many pictures each judge saw, all together.
    pub(super) judged: Arc<AtomicUsize>,
    pub(super) options: RunOptions,
    pub(super) painters: usize,
}

impl Bench {
    pub(super) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        Self {
            root: home.path().join("run"),
            _home: home,
            plan: plan(),
            shard: Shard::WHOLE,
            painted: Arc::default(),
            judged: Arc::default(),
            options: RunOptions::default(),
            painters: 1,
        }
    }

    pub(super) fn open(&self) -> Result<RunFolder> {
        RunFolder::create(
            &self.root,
            &self.plan,
            &ModelName::from(&model_info(&ModelSource::Embedded)),
            self.shard,
        )
    }

    /// Runs the study to its end, with a judge of each kind.
    pub(super) fn run(&self) -> Summary {
        self.run_with(|_, _| Ok(()), &mut self.judges(), |_| ()).unwrap()
    }

    /// Runs the study with a model that follows `script`.
    pub(super) fn run_with(
        &self,
        script: impl Fn(Moment, &CancelToken) -> Result<()> + Clone + Send + Sync + 'static,
        judges: &mut [Box<dyn Judge>],
        mut progress: impl FnMut(&Progress<'_>),
    ) -> Result<Summary> {
        let load = |cancel: &CancelToken| {
            let (script, painted) = (script.clone(), Arc::clone(&self.painted));
            let mut loader = FakeLoader::scripted(move |moment, cancel| {
                let begins = moment == Moment::Encoding;
                painted.fetch_add(usize::from(begins), Ordering::SeqCst);
                script(moment, cancel)
            });
            loader.load(&ModelSource::Embedded, &mut |_, _| (), cancel)
        };
        let painters = Painters {
            load: &load as &(dyn Fn(&CancelToken) -> Result<LoadedModel> + Sync),
            count: self.painters,
        };
        let cancel = CancelToken::new();
        run_study(&mut self.open()?, painters, judges, &self.options, &cancel, &mut progress)
    }

    /// A judge of each kind.
    pub(super) fn judges(&self) -> Vec<Box<dyn Judge>> {
        ["reader", "clip", "inception"].into_iter().map(|name| self.judge(name)).collect()
    }

    pub(super) fn judge(&self, name: &'static str) -> Box<dyn Judge> {
        Box::new(FakeJudge { name, judged: Arc::clone(&self.judged) })
    }

    pub(super) fn results(&self) -> Results {
        timeless(Results::read(&self.root).unwrap())
    }

    /// How many pictures were begun, and shown to judges, since this was asked last.
    pub(super) fn work(&self) -> (usize, usize) {
        (self.painted.swap(0, Ordering::SeqCst), self.judged.swap(0, Ordering::SeqCst))
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }
}

/// The results without what differs from run to run.
pub(super) fn timeless(mut results: Results) -> Results {
    results.shots.values_mut().for_each(|line| line.seconds = 0.0);
    results
}

/// The lines of a file without what differs from run to run.
pub(super) fn timeless_lines(path: &Path) -> Vec<ShotLine> {
    let lines = super::super::lines::read::<ShotLine>(path).unwrap();
    lines.into_iter().map(|line| ShotLine { seconds: 0.0, ..line }).collect()
}

/// Looks at the brightness, so that it says the same only of the same picture.
struct FakeJudge {
    name: &'static str,
    judged: Arc<AtomicUsize>,
}

impl Judge for FakeJudge {
    fn name(&self) -> &str {
        self.name
    }

    fn fingerprint(&self) -> String {
        "1".into()
    }

    fn judge(&mut self, picture: &Picture<'_>, _cancel: &CancelToken) -> Result<Verdict> {
        self.judged.fetch_add(1, Ordering::SeqCst);
        assert!(picture.file.is_some_and(Path::is_file));
        let sum = f64::from(picture.image.sum());
        Ok(match self.name {
            "reader" => Verdict::Answers(vec![Some((sum as u64).is_multiple_of(2)), None]),
            "clip" => Verdict::Score(sum),
            _ => Verdict::Features(vec![picture.image[[0, 0, 0]], picture.image[[1, 9, 5]], sum as f32]),
        })
    }
}

/// A judge that does what a test says.
pub(super) struct ScriptedJudge<F> {
    pub(super) fingerprint: &'static str,
    pub(super) say: F,
}

impl<F: FnMut() -> Result<Verdict> + Send> Judge for ScriptedJudge<F> {
    fn name(&self) -> &str {
        "scripted"
    }

    fn fingerprint(&self) -> String {
        self.fingerprint.into()
    }

    fn judge(&mut self, _picture: &Picture<'_>, _cancel: &CancelToken) -> Result<Verdict> {
        (self.say)()
    }
}
