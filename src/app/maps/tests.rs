//! Maps at hand and maps on disk.

use std::sync::mpsc::channel;

use ndarray::Array2;

use super::*;
use tauscope_core::{
    attention::{Grid, Layer, StepMaps, StepScores},
    diffusion::Settings,
    prompt::{PromptWords, Word},
};
use tauscope_studio::painting::{PaintedStep, Painting, Spill};

/// Three steps, all in memory or all on disk.
fn painting(are_on_disk: bool) -> Arc<Painting> {
    let word = |text: &str, tokens: &[usize], content| Word {
        text: text.to_owned(),
        source: 0..0,
        tokens: tokens.to_vec(),
        pieces: vec![],
        content,
        weight: 1.0,
    };
    let words = PromptWords {
        list: vec![word("a", &[1], false), word("umbrella", &[2, 3], true)],
        start: vec![0],
        ..PromptWords::default()
    };
    let layer = |name: &str, side| Layer { name: name.to_owned(), grid: Grid::new(side, side), count: 1 };
    let step = |index: usize| {
        let value = |patch: usize, token: usize| (patch * 7 + token * 3 + index) as f32;
        Arc::new(PaintedStep {
            index,
            timestep: 0.0,
            preview: Array3::zeros((3, 2, 2)),
            maps: KeptMaps::from(StepMaps(vec![
                Array2::from_shape_fn((4, 4), |(n, t)| value(n, t)),
                Array2::from_shape_fn((1, 4), |(n, t)| value(n, t)),
            ])),
            neutral: None,
            scores: StepScores::default(),
            steer: Arc::default(),
            checkpoint: None,
            elapsed: Duration::ZERO,
        })
    };
    let mut painting = Painting {
        words: Arc::new(words),
        layers: vec![layer("down_blocks.1.attentions.0", 2), layer("mid_block.attentions.0", 1)],
        steps: vec![step(0), step(1), step(2)],
        ..Painting::new(JobId(1), "Scenes", Settings::default())
    };
    if are_on_disk {
        assert_eq!(painting.make_room(&mut Spill::default(), 0), None);
    }
    Arc::new(painting)
}

#[test]
fn the_mean_so_far_is_the_mean() {
    let painting = painting(false);
    let shown = Shown::of(&painting);
    let mut maps = Maps::new(|| ());
    let mean = maps.step(shown, &LayerFilter::All, Time::MeanSoFar, 2).unwrap();
    let each: Vec<_> = (0..3).map(|i| maps.step(shown, &LayerFilter::All, Time::Step, i).unwrap()).collect();
    for &part in &[Part::Start, Part::Word(0), Part::Word(1)] {
        let [first, second, third] = [0, 1, 2].map(|step| each[step].of(part).unwrap());
        let expected = (&first + &second + third) / 3.0;
        assert!((&mean.of(part).unwrap() - &expected).iter().all(|d| d.abs() < 1e-4));
    }
}

/// A step on a slow disk held up the window's thread.
#[test]
fn maps_on_disk_are_read_by_the_reader_and_the_last_ones_stay_meanwhile() {
    let at_hand = painting(false);
    let on_disk = painting(true);
    assert!(on_disk.steps.iter().all(|step| step.maps.are_on_disk()));
    let (woken, wakes) = channel();
    let mut maps = Maps::new(move || woken.send(()).unwrap_or_default());
    let filter = LayerFilter::All;
    let expected: Vec<_> = (0..3)
        .map(|step| Maps::new(|| ()).step(Shown::of(&at_hand), &filter, Time::Step, step).unwrap())
        .collect();
    let mut seen = Vec::new();
    for (step, expected) in expected.iter().enumerate().take(2) {
        let shown = Shown::of(&on_disk);
        maps.begin_frame();
        // What is shown large comes first.
        assert_eq!(maps.step_within(shown, &filter, Time::Step, 2), None);
        seen.push(maps.step(shown, &filter, Time::Step, step).map(|maps| maps.step()));
        assert!(!maps.end_frame(), "it sleeps until the maps are there");
        wakes.recv_timeout(Duration::from_secs(60)).unwrap();
        assert!(maps.take_in().is_empty());
        assert_eq!(maps.step(shown, &filter, Time::Step, step), Some(expected.clone()));
    }
    assert_eq!(seen, [None, Some(0)]);
}

#[test]
fn maps_that_cannot_be_read_are_told() {
    let mut on_disk = (*painting(true)).clone();
    // A model of three layers never left two.
    on_disk.layers.push(on_disk.layers[1].clone());
    let on_disk = Arc::new(on_disk);
    let (woken, wakes) = channel();
    let mut maps = Maps::new(move || woken.send(()).unwrap_or_default());
    assert_eq!(maps.step(Shown::of(&on_disk), &LayerFilter::All, Time::Step, 0), None);
    maps.end_frame();
    wakes.recv_timeout(Duration::from_secs(60)).unwrap();
    assert_eq!(maps.take_in().len(), 1);
}

/// The maps shown last stayed for good, as if they were those of the step.
#[test]
fn a_step_whose_maps_cannot_be_read_shows_none() {
    type Show = fn(&mut Maps, Shown<'_>, usize) -> Option<Arc<PartMaps>>;
    fn check(are_on_disk: bool, show: Show) {
        let mut broken = (*painting(false)).clone();
        // A model of two layers never left one.
        Arc::make_mut(&mut broken.steps[1]).maps = KeptMaps::from(StepMaps(vec![Array2::zeros((4, 4))]));
        if are_on_disk {
            assert_eq!(broken.make_room(&mut Spill::default(), 0), None);
        }
        let broken = Arc::new(broken);
        let (woken, wakes) = channel();
        let mut maps = Maps::new(move || woken.send(()).unwrap_or_default());
        let mut seen = Vec::new();
        for step in [0, 1] {
            maps.begin_frame();
            show(&mut maps, Shown::of(&broken), step);
            maps.end_frame();
            if are_on_disk {
                wakes.recv_timeout(Duration::from_secs(60)).unwrap();
                maps.take_in();
            }
            maps.begin_frame();
            seen.push(show(&mut maps, Shown::of(&broken), step).map(|maps| maps.step()));
        }
        assert_eq!(seen, [Some(0), None], "on disk: {are_on_disk}");
    }
    for are_on_disk in [false, true] {
        check(are_on_disk, |maps, shown, step| maps.step(shown, &LayerFilter::All, Time::Step, step));
        check(are_on_disk, |maps, shown, step| maps.step(shown, &LayerFilter::All, Time::MeanSoFar, step));
        check(are_on_disk, |maps, shown, step| maps.neutral(shown, &LayerFilter::All, step));
    }
}

#[test]
fn without_a_reader_maps_on_disk_are_not_shown() {
    let mut painting = (*painting(false)).clone();
    let one_step = painting.steps[2].maps.bytes();
    assert_eq!(painting.make_room(&mut Spill::default(), one_step), None);
    let painting = Arc::new(painting);
    let mut maps = Maps { reader: None, ..Maps::new(|| ()) };
    let mut seen =
        |step| maps.step(Shown::of(&painting), &LayerFilter::All, Time::Step, step).map(|maps| maps.step());
    assert_eq!([seen(2), seen(0)], [Some(2), None]);
}
