//! The scene reader reads what its authors read, and answers as their script does.

use std::{collections::BTreeMap, fs};

use serde::{Deserialize, de::DeserializeOwned};
use tauscope_core::CancelToken;
use tauscope_studies::{
    judges::{
        Judge, Picture, Verdict,
        scene_reader::{Object, ReaderFeatures, Reading, SceneJudge, SceneReader},
    },
    study::{Class, Colour, Place, StudyPrompt, Texture, Time, builtin::SCENES},
};

use super::{data, options, picture, prompt};

/// A reading as `readings.json` and `checks.json` have it.
#[derive(Deserialize)]
struct Told {
    objects: Vec<ToldObject>,
    place: Option<Place>,
    time: Option<Time>,
    /// Whether each built-in check is met, in order: "0110...".
    #[serde(default)]
    met: String,
}

#[derive(Deserialize)]
struct ToldObject {
    cls: Class,
    score: f32,
    colour: Option<Colour>,
    texture: Option<Texture>,
    cx: f32,
    cy: f32,
    w: f32,
    h: f32,
}

impl Told {
    fn reading(&self) -> Reading {
        let object = |told: &ToldObject| Object {
            class: told.cls,
            score: told.score,
            colour: told.colour,
            texture: told.texture,
            centre: [told.cx, told.cy],
            size: [told.w, told.h],
        };
        Reading { objects: self.objects.iter().map(object).collect(), place: self.place, time: self.time }
    }
}

fn json<T: DeserializeOwned>(file: &str) -> T {
    serde_json::from_slice(&fs::read(data(file)).expect("a file")).expect("JSON")
}

fn reader() -> SceneReader {
    SceneReader::open(&tauscope_testing::runtime(), &options(), &CancelToken::new()).expect("the reader")
}

#[test]
fn the_pictures_are_read_as_their_authors_read_them() {
    let mut reader = reader();
    let told: BTreeMap<String, Told> = json("reader/readings.json");
    assert_eq!(told.len(), 7);
    for (file, told) in told {
        let picture = picture(&format!("reader/{file}"));
        let look = reader.look(picture.view(), &CancelToken::new()).unwrap();
        assert_eq!(look.features.len(), 96);
        let (found, told) = (look.reading, told.reading());
        assert_eq!((found.place, found.time), (told.place, told.time), "{file}");
        assert_eq!(found.objects.len(), told.objects.len(), "{file}");
        for (found, told) in found.objects.iter().zip(&told.objects) {
            let looks = |o: &Object| (o.class, o.colour, o.texture);
            assert_eq!(looks(found), looks(told), "{file}");
            let numbers = |o: &Object| [o.score, o.centre[0], o.centre[1], o.size[0], o.size[1]];
            for (found, told) in numbers(found).into_iter().zip(numbers(told)) {
                // They are told with three places.
                assert!((found - told).abs() < 0.001, "{file}: {found} and {told}");
            }
        }
    }
}

#[test]
fn every_check_is_met_where_the_authors_script_says_so() {
    let prompts: Vec<StudyPrompt> = SCENES.lines().map(prompt).collect();
    let checks: Vec<_> = prompts.iter().flat_map(|prompt| &prompt.checks).collect();
    let cases: Vec<Told> = json("reader/checks.json");
    assert_eq!(cases.len(), 40);
    for (number, told) in cases.iter().enumerate() {
        let reading = told.reading();
        assert_eq!(told.met.len(), checks.len());
        for (check, met) in checks.iter().zip(told.met.chars()) {
            let scene = check.scene.as_ref().expect("a scene");
            assert_eq!(scene.is_met(&reading), met == '1', "reading {number}: {check:?}");
        }
    }
}

#[test]
fn what_it_cannot_read_it_does_not_answer() {
    fn check(file: &str, crop: usize, expected: &[Option<bool>], expected_notice: Option<&str>) {
        let prompt = prompt(
            r#"{"prompt": "a girl", "checks": [
                {"kind": "content", "cls": "girl", "question": "Is there a girl?"},
                {"kind": "content", "question": "Is it pretty?"},
                {"kind": "number", "cls": "boy", "count": 2, "question": "Are there two boys?"}]}"#,
        );
        let picture = picture(file);
        let image = picture.slice(ndarray::s![.., ..crop, ..]);
        let mut judge = SceneJudge::new(reader());
        let picture = Picture { image, file: None, prompt: &prompt };
        let verdict = judge.judge(&picture, &CancelToken::new()).unwrap();
        assert_eq!(verdict, Verdict::Answers(expected.to_vec()));
        assert_eq!(judge.notice().as_deref(), expected_notice);
        assert_eq!(judge.notice(), None);
    }
    check("reader/rendered-0.png", 256, &[Some(true), None, Some(false)], None);
    let notice = "The scene reader reads pictures of 256 x 256 pixels, not 256 x 200.";
    check("reader/rendered-0.png", 200, &[None, None, None], Some(notice));
}

#[test]
fn its_features_are_for_pictures_of_its_size() {
    let mut judge = ReaderFeatures::new(reader());
    let prompt = prompt(r#"{"prompt": "a girl"}"#);
    let image = picture("reader/painted-0.png");
    let mut judged =
        |image| judge.judge(&Picture { image, file: None, prompt: &prompt }, &CancelToken::new());
    let Ok(Verdict::Features(features)) = judged(image.view()) else { panic!("no features") };
    assert_eq!(features.len(), 96);
    assert!(features.iter().any(|&feature| feature != features[0]));
    let error = judged(image.slice(ndarray::s![.., 8.., ..])).unwrap_err().to_string();
    assert!(error.contains("not 256 x 248"), "{error}");
}
