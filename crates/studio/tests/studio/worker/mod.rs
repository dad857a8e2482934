//! The worker with a scripted model: whole runs, stopped, broken and closed at every moment.

mod branching;
mod rig;
mod steering;

use std::{
    sync::{Arc, Mutex, mpsc},
    time::{Duration, Instant},
};

use ndarray::{Array3, ArrayView4};
use rig::{FOREVER, MOMENTS, Rig, arrive, job, other, pass, settings};
use tauscope_core::{
    CancelToken, Error, Result,
    attention::{Grid, PatchRows, Place, aggregate},
    diffusion::{Outcome, Progress, Settings},
    model::Fingerprint,
    prompt::{Entities, Prompt},
};
use tauscope_studio::{
    painting::{Branch, JobId, ModelSource, Painting, PaintingStage},
    worker::{Commission, Decode, LoadedModel, Look, ModelLoader, Painter, Request},
};
use tauscope_testing::fake::{Arrival, FakeLoader, Moment};

#[test]
fn a_job_paints_and_shows_every_step() {
    let mut rig = Rig::new(FakeLoader::default());
    rig.worker.send(Request::Load(ModelSource::Embedded));
    rig.worker.send(job(1));
    rig.worker.send(job(2));
    let (first, second) = (rig.finished(), rig.finished());
    assert_eq!((first.id, second.id), (JobId(1), JobId(2)));
    assert_eq!(first.stage, PaintingStage::Done);
    assert_eq!(first.image.as_ref().unwrap().dim(), (3, 32, 64));
    assert_eq!(first.layers.len(), 3);
    assert_eq!(first.steps.iter().map(|step| step.index).collect::<Vec<_>>(), [0, 1, 2]);
    for step in &first.steps {
        assert_eq!(step.preview.dim(), (3, 4, 8));
        for (layer, map) in first.layers.iter().zip(&step.maps.read().unwrap().0) {
            assert_eq!(map.dim(), (layer.grid.patches(), 77));
            // They are kept in half precision.
            assert!(map.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 2e-3));
        }
    }
    assert_ne!(first.steps[0].maps, first.steps[1].maps, "the blobs move");
    assert_eq!(first.image, second.image, "the same settings give the same picture");
    assert!(Arc::ptr_eq(&rig.worker.live().unwrap(), &second));
}

#[test]
fn two_entities_are_scored_at_every_step() {
    fn check(text: &str, expected: Option<usize>) {
        let mut settings = settings();
        settings.entities = Entities::by_hand(&settings.prompt, text).unwrap();
        let mut rig = Rig::new(FakeLoader::default());
        rig.worker.send(Request::Load(ModelSource::Embedded));
        rig.worker.send(Request::Generate {
            id: JobId(1),
            settings: settings.clone(),
            prompt: None,
            branch: None,
        });
        let painting = rig.finished();
        for step in &painting.steps {
            assert_eq!((&step.steer.control, &step.steer.entities), (&settings.control, &settings.entities));
            let columns: Vec<_> = step.scores.0.iter().map(|scores| scores.ncols()).collect();
            assert_eq!(columns, expected.map_or(vec![], |entities| vec![entities; 3]));
        }
        let scores = painting.layers.iter().zip(painting.steps[0].scores.0.iter().map(|score| score.view()));
        let scores = aggregate(scores, Grid::new(2, 4)).map(|scores| scores.dim());
        assert_eq!(scores, expected.map(|entities| (entities, 2, 4)));
    }
    check("", None);
    check("a boy", None);
    check("a boy;a girl", Some(2));
    check("boy;front;girl", Some(3));
}

#[test]
fn the_painting_grows_and_shares_its_steps() {
    let (mut rig, gate) = Rig::loaded();
    rig.worker.send(job(1));
    let mut before: Option<Arc<Painting>> = None;
    for (steps, moment) in
        [(0, Moment::Step(0)), (1, Moment::Step(1)), (2, Moment::Step(2)), (3, Moment::Decoding)]
    {
        let arrival = arrive(&gate, moment);
        let live = rig.worker.live().unwrap();
        assert_eq!(live.steps.len(), steps);
        assert_eq!(live.layers.is_empty(), steps == 0);
        for (old, new) in before.iter().flat_map(|before| &before.steps).zip(&live.steps) {
            assert!(Arc::ptr_eq(old, new));
        }
        before = Some(live);
        arrival.go();
    }
    rig.until("Finished 1");
}

#[test]
fn a_running_job_is_cancelled_at_every_moment() {
    let (mut rig, gate) = Rig::loaded();
    for (id, moment) in (1..).zip(MOMENTS) {
        rig.worker.send(job(id));
        let arrival = arrive(&gate, moment);
        rig.worker.cancel(JobId(id));
        assert_eq!(
            rig.until(&format!("Cancelled {id}")),
            [format!("Started {id}"), format!("Cancelled {id}")]
        );
        drop(arrival);
    }
    rig.worker.send(job(9));
    pass(&gate);
    assert_eq!(rig.until("Finished 9"), ["Started 9", "Finished 9"]);
}

#[test]
fn a_job_that_does_not_notice_its_cancelling_is_cancelled_all_the_same() {
    let (stop, stopped) = mpsc::channel();
    let (go, goes) = mpsc::channel::<()>();
    let goes = Mutex::new(goes);
    let mut rig = Rig::new(FakeLoader::scripted(move |moment, _| {
        if moment == Moment::Decoding {
            stop.send(()).unwrap();
            goes.lock().unwrap().recv().unwrap();
        }
        Ok(())
    }));
    rig.worker.send(Request::Load(ModelSource::Embedded));
    rig.worker.send(job(1));
    stopped.recv_timeout(FOREVER).unwrap();
    rig.worker.cancel(JobId(1));
    go.send(()).unwrap();
    assert_eq!(rig.until("Cancelled 1"), ["Loaded Fake", "Started 1", "Cancelled 1"]);
    assert_eq!(rig.worker.live().unwrap().steps.len(), 3, "what was painted can still be seen");
}

#[test]
fn waiting_jobs_are_seen_and_cancelled() {
    let (mut rig, gate) = Rig::loaded();
    rig.worker.send(job(1));
    let first = arrive(&gate, Moment::Step(1));
    (2..=5).for_each(|id| rig.worker.send(job(id)));
    assert_eq!(rig.waiting(), [2, 3, 4, 5]);
    rig.worker.cancel(JobId(3));
    assert_eq!(rig.waiting(), [2, 4, 5]);
    assert_eq!(rig.until("Cancelled 3"), ["Started 1", "Cancelled 3"]);
    rig.worker.cancel(JobId(2));
    rig.worker.cancel(JobId(2));
    rig.worker.clear_queue();
    assert!(rig.waiting().is_empty());
    first.go();
    pass(&gate);
    assert_eq!(rig.until("Finished 1"), ["Cancelled 2", "Cancelled 4", "Cancelled 5", "Finished 1"]);
    // It ended long ago.
    rig.worker.cancel(JobId(1));
    rig.worker.send(job(6));
    pass(&gate);
    assert_eq!(rig.until("Finished 6"), ["Started 6", "Finished 6"]);
}

#[test]
fn jobs_wait_for_the_model() {
    let (loader, gate) = FakeLoader::gated();
    let mut rig = Rig::new(loader);
    rig.worker.send(Request::Load(other()));
    let loading = arrive(&gate, Moment::Loading);
    rig.worker.send(job(1));
    assert_eq!(rig.waiting(), [1]);
    assert!(rig.worker.live().is_none());
    loading.go();
    pass(&gate);
    assert_eq!(rig.until("Finished 1"), ["Loaded other", "Started 1", "Finished 1"]);
}

#[test]
fn cancelling_a_load_cancels_what_waits_for_it() {
    let (loader, gate) = FakeLoader::gated();
    let mut rig = Rig::new(loader);
    rig.worker.send(Request::Load(ModelSource::Embedded));
    let loading = arrive(&gate, Moment::Loading);
    rig.worker.send(job(1));
    rig.worker.cancel_loading();
    assert_eq!(rig.until("LoadFailed: Cancelled."), ["Cancelled 1", "LoadFailed: Cancelled."]);
    drop(loading);
    // Nothing is loaded, and nothing is being loaded.
    rig.worker.cancel_loading();
    rig.worker.send(job(2));
    let told = rig.until("Failed 2: No model is loaded. Open a model, then generate again.");
    assert_eq!(told.first().unwrap(), "Started 2");
}

#[test]
fn another_model_ends_what_the_old_one_did() {
    let (mut rig, gate) = Rig::loaded();
    rig.worker.send(job(1));
    let step = arrive(&gate, Moment::Step(1));
    rig.worker.send(job(2));
    rig.worker.send(Request::Load(other()));
    rig.worker.send(job(3));
    assert_eq!(rig.waiting(), [3]);
    drop(step);
    pass(&gate);
    let told = rig.until("Finished 3");
    assert_eq!(told, ["Started 1", "Cancelled 2", "Cancelled 1", "Loaded other", "Started 3", "Finished 3"]);
}

#[test]
fn a_load_is_overtaken_by_the_next() {
    let (loader, gate) = FakeLoader::gated();
    let mut rig = Rig::new(loader);
    rig.worker.send(Request::Load(ModelSource::Embedded));
    let first = arrive(&gate, Moment::Loading);
    rig.worker.send(Request::Load(ModelSource::Embedded));
    rig.worker.send(Request::Load(other()));
    // From here on nothing stops at the gate.
    drop((first, gate));
    let told = rig.until("Loaded other");
    assert_eq!(told, ["LoadFailed: Cancelled.", "LoadFailed: Cancelled.", "Loaded other"]);
}

/// Two large models do not fit in memory.
#[test]
fn the_old_model_is_freed_before_the_next_is_loaded() {
    struct RecordingLoader(mpsc::Sender<&'static str>);
    struct Model(Box<dyn Painter>, mpsc::Sender<&'static str>);

    impl ModelLoader for RecordingLoader {
        fn load(
            &mut self,
            source: &ModelSource,
            report: &mut dyn FnMut(&str, Option<f32>),
            cancel: &CancelToken,
        ) -> Result<LoadedModel> {
            self.0.send("load").unwrap_or_default();
            let loaded = FakeLoader::default().load(source, report, cancel)?;
            let painter = Box::new(Model(loaded.painter, self.0.clone()));
            Ok(LoadedModel { painter, ..loaded })
        }
    }

    impl Painter for Model {
        fn paint(
            &mut self,
            commission: &Commission,
            cancel: &CancelToken,
            progress: &mut dyn FnMut(Progress),
        ) -> Result<Outcome> {
            self.0.paint(commission, cancel, progress)
        }

        fn decode(&mut self, latents: ArrayView4<'_, f32>, cancel: &CancelToken) -> Result<Array3<f32>> {
            self.0.decode(latents, cancel)
        }

        fn look(&mut self, commission: &Commission, place: Place, cancel: &CancelToken) -> Result<PatchRows> {
            self.0.look(commission, place, cancel)
        }
    }

    impl Drop for Model {
        fn drop(&mut self) {
            self.1.send("free").unwrap_or_default();
        }
    }

    let (calls, called) = mpsc::channel();
    let mut rig = Rig::new(RecordingLoader(calls));
    for (source, loaded) in [(ModelSource::Embedded, "Loaded Fake"), (other(), "Loaded other")] {
        rig.worker.send(Request::Load(source));
        rig.until(loaded);
    }
    drop(rig);
    assert_eq!(called.iter().collect::<Vec<_>>(), ["load", "free", "load", "free"]);
}

#[test]
fn unloading_ends_everything() {
    let (mut rig, gate) = Rig::loaded();
    rig.worker.send(job(1));
    let step = arrive(&gate, Moment::Step(2));
    rig.worker.send(job(2));
    rig.worker.send(Request::Unload);
    assert_eq!(rig.until("Unloaded"), ["Started 1", "Cancelled 2", "Cancelled 1", "Unloaded"]);
    drop(step);
    assert!(rig.worker.live().is_none());
    rig.worker.send(job(3));
    rig.until("Failed 3: No model is loaded. Open a model, then generate again.");
}

#[test]
fn an_error_ends_the_job_and_the_model_stays() {
    let (mut rig, gate) = Rig::loaded();
    for (id, moment) in (1..).zip(MOMENTS) {
        rig.worker.send(job(id));
        arrive(&gate, moment).fail(Error::input("Out of paint.", "Buy some."));
        let failed = format!("Failed {id}: Out of paint. Buy some.");
        assert_eq!(rig.until(&failed), [format!("Started {id}"), failed]);
    }
    rig.worker.send(job(9));
    pass(&gate);
    assert_eq!(rig.until("Finished 9"), ["Started 9", "Finished 9"]);
}

#[test]
fn a_panic_ends_the_job_and_the_model_is_loaded_anew() {
    const FAILED: &str = "Failed 1: Tauscope made a mistake: a panic while painting (the script says so). \
                          Nothing is lost; please report this.";
    let (mut rig, gate) = Rig::loaded();
    rig.worker.send(job(1));
    let step = arrive(&gate, Moment::Step(1));
    rig.worker.send(job(2));
    step.panic();
    assert_eq!(rig.until(FAILED), ["Started 1", FAILED]);
    pass(&gate);
    assert_eq!(rig.until("Finished 2"), ["Loaded Fake", "Started 2", "Finished 2"]);
}

/// It took up to three seconds. What cannot be stopped, such as a session that is being built, goes on by itself.
#[test]
fn closing_takes_less_than_half_a_second() {
    fn check(is_running: bool, notices_cancelling: bool) {
        let (entered, enters) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let released = Mutex::new(released);
        let mut rig = Rig::new(FakeLoader::scripted(move |moment, cancel| {
            if moment == Moment::Step(1) {
                entered.send(()).unwrap_or_default();
                let is_released = || {
                    let wait = Duration::from_millis(1);
                    released.lock().unwrap().recv_timeout(wait) != Err(mpsc::RecvTimeoutError::Timeout)
                };
                let is_stopped = || notices_cancelling && cancel.is_cancelled();
                while !(is_stopped() || is_released()) {}
            }
            Ok(())
        }));
        rig.worker.send(Request::Load(ModelSource::Embedded));
        rig.until("Loaded Fake");
        if is_running {
            rig.worker.send(job(1));
            enters.recv_timeout(FOREVER).unwrap();
        }
        let begun = Instant::now();
        drop(rig);
        assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
        drop(release);
    }
    check(false, true);
    check(true, true);
    check(true, false);
}

#[test]
fn a_load_that_fails_or_panics_leaves_the_worker_ready() {
    fn check(end: impl FnOnce(Arrival), expected: &str) {
        let (loader, gate) = FakeLoader::gated();
        let mut rig = Rig::new(loader);
        rig.worker.send(Request::Load(ModelSource::Embedded));
        end(arrive(&gate, Moment::Loading));
        assert_eq!(rig.until(expected), [expected]);
        rig.worker.send(Request::Load(ModelSource::Embedded));
        rig.worker.send(job(1));
        pass(&gate);
        assert_eq!(rig.until("Finished 1"), ["Loaded Fake", "Started 1", "Finished 1"]);
    }
    check(
        |loading| loading.fail(Error::input("No such folder.", "Look again.")),
        "LoadFailed: No such folder. Look again.",
    );
    check(
        Arrival::panic,
        "LoadFailed: Tauscope made a mistake: a panic while loading the model (the script says so). \
         Nothing is lost; please report this.",
    );
}

#[test]
fn the_worker_closes_at_every_moment() {
    for moment in [Moment::Loading].into_iter().chain(MOMENTS) {
        let (loader, gate) = FakeLoader::gated();
        let Rig { worker, woken, .. } = Rig::new(loader);
        worker.send(Request::Load(ModelSource::Embedded));
        worker.send(job(1));
        worker.send(job(2));
        let arrival = arrive(&gate, moment);
        drop(worker);
        drop(arrival);
        assert!(gate.next().is_none(), "thread, loader and model are gone");
        assert!(woken.try_iter().count() > 0 && woken.recv().is_err(), "nobody is left who could wake");
    }
    // When idle, too.
    drop(Rig::new(FakeLoader::default()));
    drop(Rig::loaded());
}

#[test]
fn a_window_that_drains_late_misses_nothing_but_reports() {
    const JOBS: u64 = 10;
    let mut rig = Rig::new(FakeLoader::default());
    rig.worker.send(Request::Load(ModelSource::Embedded));
    (1..=JOBS).for_each(|id| rig.worker.send(job(id)));
    // Some pictures are finished before anything is drained.
    while rig.waiting().len() as u64 > JOBS - 4 {
        rig.woken.recv_timeout(FOREVER).expect("the worker goes on by itself");
    }
    let told = rig.until(&format!("Finished {JOBS}"));
    let all = (1..=JOBS).flat_map(|id| [format!("Started {id}"), format!("Finished {id}")]);
    assert_eq!(told, std::iter::once("Loaded Fake".to_owned()).chain(all).collect::<Vec<_>>());
}

#[test]
fn a_place_is_looked_at_once_the_picture_is_done() {
    let mut rig = Rig::new(FakeLoader::default());
    rig.worker.send(Request::Load(ModelSource::Embedded));
    rig.until("Loaded Fake");
    rig.worker.send(job(1));
    rig.until("Finished 1");
    let painting = rig.worker.live().unwrap();
    let place = Place { y: 0.3, x: 0.6 };
    for step in [0, 2] {
        rig.worker.send(Request::Look(Look { painting: painting.clone(), step, place }));
        rig.until(&format!("Looked at step {step}"));
    }
    assert!(Arc::ptr_eq(&rig.worker.live().unwrap(), &painting));
    // What came from the history has no latents.
    let mut bare = (*painting).clone();
    let mut first = (*bare.steps[0]).clone();
    first.checkpoint = None;
    bare.steps[0] = Arc::new(first);
    rig.worker.send(Request::Look(Look { painting: Arc::new(bare), step: 1, place }));
    rig.until("Looked: Step 2 cannot be looked at again: its latents are not kept. Paint this picture again, then look.");
}

#[test]
fn a_step_of_the_past_is_decoded_by_its_own_model() {
    let mut rig = Rig::new(FakeLoader::default());
    rig.worker.send(Request::Load(ModelSource::Embedded));
    rig.worker.send(job(1));
    rig.until("Finished 1");
    let painting = rig.worker.live().unwrap();
    for step in [0, 2] {
        rig.worker.send(Request::Decode(Decode { painting: painting.clone(), step }));
        rig.until(&format!("Decoded step {step}"));
    }
    let other = Some(Fingerprint::of_text("another"));
    let strange = Painting { model: "another".to_owned(), model_fingerprint: other, ..(*painting).clone() };
    rig.worker.send(Request::Decode(Decode { painting: Arc::new(strange), step: 0 }));
    rig.until(
        "Decoded: another painted this picture, and Fake is loaded. Open another again to continue with it.",
    );
}

/// Both folders are called `sdxl`, and what one of them painted was taken for the other's.
#[test]
fn models_of_one_name_are_different_models() {
    let mut rig = Rig::new(FakeLoader::default());
    let [first, second] = ["a/sdxl", "b/sdxl"].map(|folder| ModelSource::Folder(folder.into()));
    rig.worker.send(Request::Load(first.clone()));
    rig.worker.send(job(1));
    let painting = rig.finished();
    let decode = || Request::Decode(Decode { painting: painting.clone(), step: 0 });
    let place = Place { y: 0.5, x: 0.5 };
    let look = || Request::Look(Look { painting: painting.clone(), step: 1, place });
    let branch = |id| Request::Generate {
        id: JobId(id),
        settings: settings(),
        prompt: None,
        branch: Some(Branch { parent: painting.clone(), step: 2 }),
    };
    rig.worker.send(Request::Load(second.clone()));
    rig.until("Loaded sdxl");
    let [theirs, loaded] =
        [&first, &second].map(|source| Fingerprint::of_text(&format!("{source:?}")).short());
    let refused = format!(
        "sdxl ({theirs}) painted this picture, and another sdxl ({loaded}) is loaded. Open the folder of the first; \
         `tauscope inspect` shows a folder's fingerprint."
    );
    rig.worker.send(decode());
    rig.until(&format!("Decoded: {refused}"));
    rig.worker.send(look());
    rig.until(&format!("Looked: {refused}"));
    rig.worker.send(branch(2));
    rig.until(&format!("Failed 2: {refused}"));

    rig.worker.send(Request::Load(first));
    rig.until("Loaded sdxl");
    rig.worker.send(decode());
    rig.until("Decoded step 0");
    rig.worker.send(look());
    rig.until("Looked at step 1");
    rig.worker.send(branch(3));
    rig.until("Finished 3");
}

/// A request's prompt is reused if it has the same text and is of the same model.
#[test]
fn a_prompt_is_read_once_for_all_paintings_of_a_model() {
    let mut rig = Rig::new(FakeLoader::default());
    let mut paint = |load: Option<ModelSource>, prompt: Option<Arc<Prompt>>, text: &str| {
        if let Some(source) = load {
            rig.worker.send(Request::Load(source));
        }
        let settings = Settings { prompt: text.to_owned(), ..settings() };
        rig.worker.send(Request::Generate { id: JobId(1), settings, prompt, branch: None });
        let painting = rig.finished();
        let prompt = painting.prompt.clone().expect("the prompt that was painted");
        assert_eq!(prompt.source, text);
        assert!(Arc::ptr_eq(&painting.words, &prompt.words));
        prompt
    };
    let first = paint(Some(ModelSource::Embedded), None, "a cat");
    let words: Vec<_> = first.words.list.iter().map(|word| (word.text.as_str(), &word.tokens[..])).collect();
    assert_eq!(words, [("a", &[1][..]), ("cat", &[2])]);
    assert!(Arc::ptr_eq(&paint(None, Some(first.clone()), "a cat"), &first));
    assert!(!Arc::ptr_eq(&paint(None, Some(first.clone()), "a dog"), &first));
    let of_another = paint(Some(other()), Some(first.clone()), "a cat");
    assert!(!Arc::ptr_eq(&of_another, &first) && of_another.model != first.model);
    assert!(
        Arc::ptr_eq(&paint(Some(ModelSource::Embedded), Some(first.clone()), "a cat"), &first),
        "loaded again"
    );
}
