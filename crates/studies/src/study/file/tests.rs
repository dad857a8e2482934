use std::collections::BTreeMap;

use super::*;
use crate::study::trouble::damaged;
use tauscope_core::attention::Control;

const SOUND: &str = r#"
name = "mine"
about = "A test."
prompts = "prompts.txt"
half = "report"
kinds = ["colour", "time"]
sample = { prompts = 5, seed = 2 }
samples = 3
judges = ["scene-reader", "people"]
[common]
size = [512, 256]
steps = 10
negative_prompt = "blurry"
[[arms]]
[[arms]]
name = "ours"
preset = "our-reading"
control = { tau = 0.8, mask = { strength = 0.5 } }
sampler = "ddim"
[[sweeps]]
axes = { guidance_scale = [2, 4] }
"#;

/// A study by its name or path, with its prompts.
fn resolve(name_or_path: &str) -> Result<(Plan, Vec<String>)> {
    StudyFile::find(name_or_path)?.into_plan()
}

#[test]
fn every_key_is_read() {
    let StudyFile { plan, selection } = StudyFile::parse(SOUND, "file", Path::new("folder")).unwrap();
    assert_eq!((plan.name.as_str(), plan.about.as_str(), plan.samples), ("mine", "A test.", 3));
    assert_eq!(plan.judges, ["scene-reader", "people"]);
    assert_eq!((plan.common.size, plan.common.steps), (Some([512, 256]), Some(10)));
    let names: Vec<_> = plan.arms.iter().map(|arm| arm.name.as_str()).collect();
    assert_eq!(names, ["neutral", "ours", "guidance_scale=2", "guidance_scale=4"]);
    let ours = Control::our_reading();
    let mask = tauscope_core::attention::Mask { strength: 0.5, ..ours.mask };
    assert_eq!(plan.arms[1].control, Control { tau: 0.8, mask, ..ours });
    assert_eq!(plan.arms[1].sampler.map(|sampler| sampler.word()), Some("ddim"));
    let expected = Selection {
        prompts: "folder/prompts.txt".into(),
        column: None,
        half: Some(Half::Report),
        level: None,
        kinds: vec![Kind::Colour, Kind::Time],
        sample: Some(Sample { prompts: 5, seed: 2 }),
    };
    assert_eq!(selection, expected);
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    fn check(text: &str, line: usize, expected: &str) {
        let message = StudyFile::parse(text, "mine", Path::new("")).unwrap_err().to_string();
        let place = format!("Line {line} of the study \"mine\"");
        assert!(message.starts_with(&place) && message.contains(expected), "{text}: {message}");
    }
    check("name = \"a\"\npromts = 1", 2, "unknown field `promts`, expected one of `name`");
    check("name = ", 1, "cannot be read");
    check("samples = \"many\"", 1, "invalid type: string");
    check("\nhalf = \"first\"", 2, "unknown variant `first`, expected `development` or `report`");
    check("kinds = [\"colour\",\n\"smell\"]", 2, "unknown variant `smell`");
    check("[[arms]]\npreset = \"best\"", 2, "unknown variant `best`, expected one of `neutral`");
    check("[[arms]]\nsampler = \"best\"", 2, "best");
    check("[common]\nsize = 256", 2, "invalid type");
    check("[common]\nsteps = -1", 2, "invalid value");
    check(
        "[[arms]]\n[[arms]]\ncontrol = { heat = 1 }",
        2,
        "no \"heat\": there is no \"heat\". There are mask,",
    );
    check("[[arms]]\n\n[[arms]]\ncontrol = { tau = 9 }", 3, "temperature of 9");
    check("[[arms]]\n[[sweeps]]\naxes = { heat = [1] }", 2, "no \"heat\"");
}

#[test]
fn a_study_that_cannot_be_run_is_refused() {
    fn check(text: &str, expected: &str) {
        let message = StudyFile::parse(text, "mine", Path::new("")).unwrap_err().to_string();
        assert!(message.contains(expected), "{text}: {message}");
    }
    check("", "no arms");
    check("[[arms]]\n[[arms]]", "Two arms of the study are called \"neutral\"");
    check("[[arms]]\nname=\"A\"\n[[arms]]\nname=\"a\"", "Two arms");
    check("samples = 0\n[[arms]]", "0 pictures of each prompt");
    check("judges = [\"cat\"]\n[[arms]]", "no judge \"cat\". Choose among scene-reader,");
    check("common.size = [100, 256]\n[[arms]]", "width of 100 pixels");
}

#[test]
fn studies_that_belong_to_the_program_are_what_they_are_called() {
    fn check(name: &str, arms: usize, prompts: usize) {
        let (plan, notices) = resolve(name).unwrap();
        assert_eq!((plan.name.as_str(), plan.arms.len(), plan.prompts.len()), (name, arms, prompts));
        assert!(notices.is_empty() && !plan.about.is_empty(), "{notices:?}");
        assert_eq!(plan.arms[0].control, Control::neutral());
    }
    check("alignment", 4, 360);
    check("search", 9, 180);
    check("ablation", 8, 360);
    check("guidance", 12, 360);
    check("tau", 11, 180);
    check("mask", 28, 180);
    assert!(
        StudyFile::find("nothing")
            .unwrap_err()
            .to_string()
            .contains("alignment, ablation, guidance, tau, mask")
    );
}

/// An arm of the ablation does what its place on the axes says.
#[test]
fn the_ablation_has_all_combinations() {
    let ours = Control::our_reading();
    let plan = StudyFile::find("ablation").unwrap().plan;
    for bits in 0..8_u8 {
        let on = |bit: u8| bits & bit != 0;
        let axes = [("tau", 1), ("mask", 2), ("weights", 4)]
            .map(|(name, bit)| (name.to_owned(), f64::from(u8::from(on(bit)))));
        let arm = plan.arms.iter().find(|arm| arm.axes == BTreeMap::from(axes.clone())).unwrap();
        let mut expected = Control::neutral();
        if on(1) {
            (expected.tau, expected.tau_span) = (ours.tau, ours.tau_span);
        }
        if on(2) {
            expected.mask = ours.mask.clone();
        }
        if on(4) {
            expected.weights = ours.weights.clone();
        }
        assert_eq!(arm.control, expected, "{}", arm.name);
    }
}

#[test]
fn a_file_is_found_with_the_prompts_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cats.toml");
    fs::write(&path, "prompts = \"prompts.txt\"\n[[arms]]").unwrap();
    assert!(resolve(path.to_str().unwrap()).unwrap_err().to_string().contains("prompts.txt"));
    fs::write(folder.path().join("prompts.txt"), "a cat\na dog\n").unwrap();
    let (plan, _) = resolve(path.to_str().unwrap()).unwrap();
    assert_eq!((plan.name.as_str(), plan.prompts.len()), ("cats", 2));
}

#[test]
fn arms_and_judges_can_be_chosen() {
    let names = |names: &[&str]| names.iter().copied().map(String::from).collect::<Vec<_>>();
    let mut plan = StudyFile::find("alignment").unwrap().plan;
    plan.retain_arms(&names(&["our-reading", "neutral"])).unwrap();
    assert_eq!(plan.arms.iter().map(|arm| arm.name.as_str()).collect::<Vec<_>>(), ["neutral", "our-reading"]);
    let message = plan.retain_arms(&names(&["neutral", "best"])).unwrap_err().to_string();
    assert!(message.contains("no arm \"best\". Choose among neutral, our-reading."), "{message}");
    let plan = plan.with_judges(&names(&["people"])).unwrap();
    assert_eq!(plan.judges, ["people"]);
    assert!(plan.with_judges(&names(&["owl"])).unwrap_err().to_string().contains("no judge \"owl\""));
}

#[test]
fn any_text_is_read_or_refused() {
    for bytes in damaged(SOUND.as_bytes(), 1000) {
        let text = String::from_utf8_lossy(&bytes);
        if let Ok(study) = StudyFile::parse(&text, "damaged", Path::new("")) {
            assert!(study.plan.validate().is_ok() && !study.plan.arms.is_empty());
        }
    }
}
