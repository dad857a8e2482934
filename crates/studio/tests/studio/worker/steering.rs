//! Steering a run while it runs, and painting the steered picture again.

use std::sync::Arc;

use tauscope_core::{attention::Control, diffusion::Settings, prompt::Entities};
use tauscope_studio::{
    painting::{JobId, ModelSource, Painting},
    worker::Request,
};
use tauscope_testing::fake::{FakeLoader, Moment};

use super::rig::{Rig, arrive, job, pass, settings};

fn tau(tau: f32) -> Control {
    Control { tau, ..Control::default() }
}

fn taus(painting: &Painting) -> Vec<f32> {
    painting.steps.iter().map(|step| step.steer.control.tau).collect()
}

/// Paints with a model that never stops.
fn paint(settings: &Settings) -> Arc<Painting> {
    let mut rig = Rig::new(FakeLoader::default());
    rig.worker.send(Request::Load(ModelSource::Embedded));
    rig.worker.send(Request::Generate {
        id: JobId(1),
        settings: settings.clone(),
        prompt: None,
        branch: None,
    });
    rig.finished()
}

#[test]
fn a_change_acts_from_the_next_step_on_and_can_be_repeated() {
    fn check(moment: Moment, expected: [f32; 3]) {
        let (mut rig, gate) = Rig::loaded();
        rig.worker.send(job(1));
        let arrival = arrive(&gate, moment);
        rig.worker.steer(JobId(1), tau(0.5), Entities::default()).unwrap();
        arrival.go();
        pass(&gate);
        let steered = rig.finished();
        assert_eq!(taus(&steered), expected, "steered at {moment:?}");

        let again = paint(&steered.settings);
        assert_eq!((taus(&again), &again.image), (expected.to_vec(), &steered.image));
        assert_eq!(again.settings, steered.settings);
        let is_changed = expected.iter().any(|&tau| tau != 1.0);
        assert_eq!(paint(&settings()).image != steered.image, is_changed);
    }
    check(Moment::Encoding, [0.5, 0.5, 0.5]);
    check(Moment::Step(0), [1.0, 0.5, 0.5]);
    check(Moment::Step(1), [1.0, 1.0, 0.5]);
    check(Moment::Step(2), [1.0, 1.0, 1.0]);
}

#[test]
fn entities_change_with_the_control() {
    let (mut rig, gate) = Rig::loaded();
    rig.worker.send(job(1));
    let arrival = arrive(&gate, Moment::Step(0));
    let entities = Entities::by_hand(&settings().prompt, "a boy;a girl").unwrap();
    rig.worker.steer(JobId(1), Control::mask_only(), entities.clone()).unwrap();
    arrival.go();
    pass(&gate);
    let painting = rig.finished();
    let scored: Vec<_> = painting.steps.iter().map(|step| step.scores.0.len()).collect();
    assert_eq!(scored, [0, 3, 3]);
    let controls = painting.settings.controls();
    let found: Vec<_> = controls.iter().map(|change| (change.step, &change.steer.entities)).collect();
    assert_eq!(found, [(0, &Entities::default()), (1, &entities)]);
}

/// A control that had changed meanwhile went back to its old values.
#[test]
fn entities_that_come_late_leave_the_control_alone() {
    let (mut rig, gate) = Rig::loaded();
    rig.worker.send(job(1));
    let arrival = arrive(&gate, Moment::Step(0));
    rig.worker.steer(JobId(1), tau(0.5), Entities::default()).unwrap();
    arrival.go();
    let arrival = arrive(&gate, Moment::Step(1));
    let entities = Entities::by_hand(&settings().prompt, "a boy;a girl").unwrap();
    rig.worker.set_entities(JobId(1), entities.clone());
    arrival.go();
    pass(&gate);
    let painting = rig.finished();
    assert_eq!(taus(&painting), [1.0, 0.5, 0.5]);
    let found: Vec<_> = painting.steps.iter().map(|step| &step.steer.entities).collect();
    assert_eq!(found, [&Entities::default(), &Entities::default(), &entities]);
}

#[test]
fn what_waits_is_steered_too_and_nonsense_is_refused() {
    let (mut rig, gate) = Rig::loaded();
    rig.worker.send(job(1));
    let arrival = arrive(&gate, Moment::Step(0));
    rig.worker.send(job(2));
    rig.worker.steer(JobId(2), tau(0.5), Entities::default()).unwrap();
    let refused = rig.worker.steer(JobId(1), tau(0.0), Entities::default()).unwrap_err().to_string();
    assert!(refused.contains("temperature of 0"), "{refused}");
    arrival.go();
    drop(gate);
    assert_eq!([taus(&rig.finished()), taus(&rig.finished())], [[1.0; 3], [0.5; 3]]);
    // It ended long ago.
    rig.worker.steer(JobId(1), tau(0.5), Entities::default()).unwrap();
}
