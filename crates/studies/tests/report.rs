//! A report of results whose every number is known.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::{collections::BTreeMap, fs};

use image::{Rgb, RgbImage};
use serde_json::{Value, json};

use tauscope_studies::{
    report::{Report, Tally},
    run::{ArmLine, Results, Shot, ShotLine},
    study::{Check, Half, Kind, Level, StudyPrompt},
};

const JUDGE: &str = "scene-reader";

fn arm(name: &str) -> ArmLine {
    ArmLine {
        name: name.into(),
        about: format!("{name} | settings"),
        guidance_scale: None,
        axes: BTreeMap::new(),
    }
}

/// Of the even prompts each asks for a colour and a number, of the odd ones each for a place; half are plain, and the
/// first half is for development.
fn prompt(number: usize) -> StudyPrompt {
    let kinds: &[Kind] =
        if number.is_multiple_of(2) { &[Kind::Colour, Kind::Number] } else { &[Kind::Place] };
    let check = |&kind: &Kind| Check { kind, question: format!("{kind:?}?"), scene: None };
    StudyPrompt {
        number,
        prompt: format!("prompt {number}"),
        kind: Some(kinds[0]),
        level: Some(if number % 4 < 2 { Level::Plain } else { Level::Hard }),
        half: Some(if number < 10 { Half::Development } else { Half::Report }),
        checks: kinds.iter().map(check).collect(),
    }
}

/// Twenty prompts, one picture each. Neutral meets no colour, every number, and every place; ours also the colours of
/// the report half. One picture of ours failed, one number of neutral cannot be told.
fn results() -> Results {
    let mut results = Results {
        study: "alignment".into(),
        model: "Scenes (abc)".into(),
        arms: vec![arm("neutral"), arm("ours")],
        prompts: (0..20).map(prompt).collect(),
        samples: 1,
        ..Results::default()
    };
    for arm in ["neutral", "ours"] {
        for prompt in &results.prompts {
            let shot = Shot { prompt: prompt.number, sample: 0, arm: arm.into() };
            let has_failed = arm == "ours" && prompt.number == 19;
            let line = ShotLine {
                shot: shot.clone(),
                picture: (!has_failed).then(|| format!("{arm}-{}.png", prompt.number)),
                error: has_failed.then(|| "Out of memory.".to_owned()),
                seconds: 2.0,
                focus: None,
                overlap: None,
                leak: prompt.number.is_multiple_of(2).then_some(if arm == "ours" && prompt.number >= 10 {
                    0.1
                } else {
                    0.4
                }),
                recipe: None,
            };
            results.shots.insert(shot.clone(), line);
            if has_failed {
                continue;
            }
            let answers = match prompt.number {
                0 if arm == "neutral" => vec![Some(false), None],
                even if even.is_multiple_of(2) => vec![Some(arm == "ours" && even >= 10), Some(true)],
                _ => vec![Some(true)],
            };
            results.answers.entry(JUDGE.into()).or_default().insert(shot.clone(), answers);
            let score = if arm == "ours" { 31.0 } else { 30.0 } + (prompt.number % 2) as f64;
            results.scores.entry("CLIP score".into()).or_default().insert(shot, score);
        }
        results
            .sets
            .entry("FID".into())
            .or_default()
            .insert(arm.into(), if arm == "ours" { 21.5 } else { 20.25 });
    }
    results
}

fn report() -> Report {
    Report::of(&[("run".into(), results())], None)
}

/// Compares the numbers that `expected` names; others may stand beside them.
fn check(found: &Value, expected: &Value, path: &str) {
    match expected {
        Value::Object(entries) => {
            entries.iter().for_each(|(name, value)| check(&found[name], value, &format!("{path}/{name}")))
        }
        Value::Number(number) => {
            let (found, expected) = (found.as_f64(), number.as_f64().unwrap());
            assert!(found.is_some_and(|found| (found - expected).abs() < 1e-4), "{path}: {found:?}");
        }
        other => assert_eq!(found, other, "{path}"),
    }
}

#[test]
fn json_has_the_counts_of_every_arm_and_kind() {
    let json = report().json();
    let arms = json!({
        "neutral": {
            "kinds": {
                "colour": {"met": 0, "asked": 10, "cannot_tell": 0, "not_judged": 0, "difference": null},
                "number": {"met": 9, "asked": 9, "cannot_tell": 1, "not_judged": 0},
                "place": {"met": 10, "asked": 10},
            },
            "all": {"met": 19, "asked": 29, "share": 19.0 / 29.0},
            "mean_of_kinds": {"share": 2.0 / 3.0},
            "pictures": {"painted": 20, "failed": 0, "missing": 0},
            "sets": {"FID": 20.25},
        },
        "ours": {
            "kinds": {
                // Wilson's interval of 5 of 10; scipy's binomtest(5, 5).
                "colour": {
                    "met": 5, "asked": 10, "interval": {"low": 0.2366, "high": 0.7634},
                    "difference": {"asked": 10, "share": 0.5, "better": 5, "worse": 0, "p": 0.0625},
                },
                "number": {"met": 10, "asked": 10, "difference": {"asked": 9, "share": 0.0, "p": 1.0}},
                "place": {"met": 9, "asked": 9, "not_judged": 1, "difference": {"asked": 9}},
            },
            "pictures": {"painted": 19, "failed": 1, "missing": 0},
            "scores": {"CLIP score": {"mean": 31.0 + 9.0 / 19.0, "pictures": 19}},
            // Every wrong colour has the leak 0.4, every right one 0.1.
            "leak": {"auc": 1.0, "pictures": 10},
            "seconds_a_picture": {"mean": 2.0},
        },
    });
    check(&json["arms"], &arms, "arms");
    assert_eq!(json["of"], "both halves");
    assert_eq!(json["judge"], JUDGE);
    assert_eq!(json["arms"]["ours"]["kinds"].as_object().unwrap().len(), 3, "kinds that nothing is asked of");
}

#[test]
fn tables_say_which_half_they_are_of() {
    let json = report().json();
    let tables = json["tables"].as_array().unwrap();
    let colour = |table: &Value| table["arms"]["ours"]["kinds"]["colour"]["met"].as_u64();
    let found: Vec<_> = tables
        .iter()
        .map(|table| (table["of"].as_str().unwrap(), table["prompts"].as_u64().unwrap(), colour(table)))
        .collect();
    let expected = [
        ("both halves", 20, Some(5)),
        ("report half", 10, Some(5)),
        ("development half", 10, Some(0)),
        ("both halves, plain prompts", 10, Some(2)),
        ("report half, plain prompts", 4, Some(2)),
        ("development half, plain prompts", 6, Some(0)),
        ("both halves, hard prompts", 10, Some(3)),
        ("report half, hard prompts", 6, Some(3)),
        ("development half, hard prompts", 4, Some(0)),
    ];
    assert_eq!(found, expected);
}

#[test]
fn markdown_and_latex_show_the_same_numbers() {
    let report = report();
    let markdown = report.markdown();
    for line in [
        "### Checks met: both halves",
        "### Difference to neutral: report half",
        "| neutral | 0.0 (0.0 to 27.8) | – | 100.0 (70.1 to 100.0) |",
        "| ours | 50.0 (23.7 to 76.3) | – | 100.0 (72.2 to 100.0) |",
        "+5 −0; p = 0.0625",
        "| ours | 19 | 1 | 0 | 29 | 0 | 1 | 2.000 (2.000 to 2.000; n = 19) |",
        "| ours | 10 | 5 | 1.000 |",
        "| neutral | neutral \\| settings |",
    ] {
        assert!(markdown.contains(line), "no {line:?} in\n{markdown}");
    }
    let latex = report.latex();
    assert!(latex.contains("ours & 50.0 & -- & 100.0 & -- & -- & 100.0"), "{latex}");
    assert_eq!(latex.matches("\\begin{tabular}").count(), markdown.matches("### ").count());
}

#[test]
fn files_hold_every_number() {
    let folder = tempfile::tempdir().unwrap();
    let files = report().write(&folder.path().join("report"), |_, _| None).unwrap();
    assert!(files.iter().all(|file| file.is_file()), "{files:?}");
    let records = |name: &str| -> Vec<BTreeMap<String, String>> {
        let file = files.iter().find(|file| file.ends_with(name)).unwrap();
        csv::Reader::from_path(file).unwrap().deserialize().map(Result::unwrap).collect()
    };
    let checks = records("checks.csv");
    // Nine selections, two arms, eight columns.
    assert_eq!(checks.len(), 9 * 2 * 8);
    let colour = checks.iter().find(|line| line["arm"] == "ours" && line["checks"] == "colour").unwrap();
    assert_eq!([&colour["met"], &colour["asked"], &colour["better"]], ["5", "10", "5"]);
    let prompts = records("prompts.csv");
    assert_eq!(prompts.len(), 2 * 20);
    assert_eq!(prompts.iter().map(|line| line["met"].parse::<usize>().unwrap()).sum::<usize>(), 19 + 24);
    assert_eq!(prompts[39]["not_judged"], "1");
    assert_eq!(records("leak.csv").len(), 20);
    assert!(records("scores.csv").iter().any(|line| line["score"] == "FID" && line["value"] == "21.5"));
    let json = files.iter().find(|file| file.ends_with("report.json")).unwrap();
    assert_eq!(fs::read_to_string(json).unwrap(), format!("{:#}\n", report().json()));
}

#[test]
fn two_runs_stand_side_by_side() {
    let mut later = results();
    // A prompt that was edited is another prompt, and is not paired.
    later.prompts[0].prompt = "another".into();
    let json = Report::of(&[("a".into(), results()), ("b".into(), later)], Some(JUDGE)).json();
    let names: Vec<_> = json["arms"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["a/neutral", "a/ours", "b/neutral", "b/ours"]);
    check(
        &json["arms"]["b/ours"],
        &json!({"kinds": {"colour": {"asked": 10, "difference": {"asked": 9, "better": 5, "worse": 0}}}}),
        "b/ours",
    );
}

#[test]
fn a_judge_that_did_not_answer_leaves_everything_open() {
    let json = Report::of(&[("run".into(), results())], Some("people")).json();
    let expected =
        json!({"all": {"met": 0, "asked": 0, "not_judged": 30, "share": null}, "pictures": {"painted": 19}});
    check(&json["arms"]["ours"], &expected, "ours");
    assert!(Report::of(&[], None).markdown().contains("Runs"));
}

#[test]
fn judges_are_compared_with_each_other() {
    let mut results = results();
    let mut people = results.answers[JUDGE].clone();
    // One of 58 checks is answered otherwise, and one cannot be told.
    let shot = |arm: &str, prompt| Shot { prompt, sample: 0, arm: arm.into() };
    people.insert(shot("ours", 1), vec![Some(false)]);
    people.insert(shot("ours", 3), vec![None]);
    results.answers.insert("people".into(), people);
    let agreement = &Report::of(&[("run".into(), results)], None).json()["agreement"]["pairs"][0];
    assert_eq!(agreement["judges"], json!(["people", JUDGE]));
    check(agreement, &json!({"answered": 57, "left_out": 3}), "agreement");
    // 41 of 57 met by one, 42 by the other, one of them differing.
    let (first, second) = (41.0 / 57.0, 42.0 / 57.0);
    let chance = first * second + (1.0 - first) * (1.0 - second);
    check(agreement, &json!({"kappa": (56.0 / 57.0 - chance) / (1.0 - chance)}), "agreement");
}

#[test]
fn a_tally_counts_while_a_run_goes_on() {
    let mut results = results();
    results.shots.retain(|shot, _| shot.prompt < 10);
    results.answers.get_mut(JUDGE).unwrap().retain(|shot, _| shot.prompt < 5);
    let tally = Tally::of(&results, JUDGE);
    let ours = &tally.arms[1];
    assert_eq!((ours.arm.as_str(), ours.all.met, ours.all.asked, ours.all.not_judged), ("ours", 5, 8, 22));
    let colour = ours.kinds[Kind::Colour as usize];
    assert_eq!((colour.met, colour.asked, colour.not_judged), (0, 3, 7));
    assert!(colour.interval().is_some_and(|interval| interval.low == 0.0));
    assert_eq!((ours.pictures.painted, ours.pictures.failed, ours.pictures.missing), (10, 0, 10));
}

#[test]
fn an_ablation_has_a_row_for_each_of_the_eight_ways() {
    let mut results = results();
    results.study = "ablation".into();
    results.arms = (0..8)
        .map(|bits| {
            let on = [("tau", bits & 1), ("mask", bits >> 1 & 1), ("weights", bits >> 2 & 1)];
            let axes = on.map(|(axis, on)| (axis.to_owned(), f64::from(on)));
            ArmLine { axes: axes.into(), ..arm(&format!("arm {bits}")) }
        })
        .collect();
    let markdown = Report::of(&[("run".into(), results)], None).markdown();
    let table = markdown.split("### ").find(|table| table.starts_with("Ablation: both halves")).unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| arm "));
    let rows = rows.map(|line| line.split('|').skip(1).take(4).map(str::trim).collect::<Vec<_>>().join(" "));
    let expected = [
        "arm 0 – – –",
        "arm 1 ✓ – –",
        "arm 2 – ✓ –",
        "arm 4 – – ✓",
        "arm 3 ✓ ✓ –",
        "arm 5 ✓ – ✓",
        "arm 6 – ✓ ✓",
        "arm 7 ✓ ✓ ✓",
    ];
    // The header's first cell is "arm".
    assert_eq!(rows.skip(1).collect::<Vec<_>>(), expected);
}

/// The page, with a picture for every file but one.
fn page(results: Results) -> String {
    let folder = tempfile::tempdir().unwrap();
    let picture = |run: &str, file: &str| {
        assert_eq!(run, "run");
        (file != "ours-10.png").then(|| RgbImage::from_pixel(4, 4, Rgb([file.len() as u8; 3])))
    };
    Report::of(&[("run".into(), results)], None).write(folder.path(), picture).unwrap();
    fs::read_to_string(folder.path().join("report.html")).unwrap()
}

#[test]
fn the_page_needs_nothing_beside_it() {
    let page = page(results());
    for needs in ["<script", "<link", "@import", "url(", "href=\"http"] {
        assert!(!page.contains(needs), "{needs}");
    }
    let mut sources = page.split("src=\"").skip(1);
    assert!(sources.all(|source| source.starts_with("data:image/png;base64,")));
    // Three tables of dots and the leak.
    assert_eq!(page.matches("<svg").count(), 4);
    assert!(page.contains("<small>23.7 to 76.3</small>"));
}

#[test]
fn pictures_with_the_largest_difference_come_first() {
    let mut results = results();
    let answers = results.answers.get_mut(JUDGE).unwrap();
    let mut answer = |arm: &str, prompt, met: bool| {
        answers.insert(Shot { prompt, sample: 0, arm: arm.into() }, vec![Some(met); 2]);
    };
    answer("neutral", 14, false);
    answer("ours", 4, false);
    let page = page(results);
    let [more, fewer] = ["More checks met than under neutral", "Fewer checks met than under neutral"]
        .map(|title| page.find(title).unwrap());
    let prompts = |part: &str| -> Vec<usize> {
        let after = part.split("<p class=\"quiet\">prompt ").skip(1);
        after.map(|rest| rest.split(',').next().unwrap().parse().unwrap()).collect()
    };
    // 14 by both checks, the others by one, in the order of their numbers.
    assert_eq!(prompts(&page[more..fewer]), [14, 0, 10, 12, 16, 18]);
    assert_eq!(prompts(&page[fewer..]), [4]);
    assert_eq!(page.matches("<img").count(), 2 * 7 - 1);
    assert_eq!(page.matches("no picture</div>").count(), 1);
}

#[test]
fn a_guidance_study_has_its_curves() {
    let mut results = results();
    let arms = [("neutral", 1.0), ("neutral", 6.0), ("ours", 1.0), ("ours", 6.0)];
    results.study = "guidance".into();
    results.arms = arms
        .map(|(family, scale)| ArmLine {
            axes: [("guidance_scale".to_owned(), scale)].into(),
            ..arm(&format!("{family} guidance_scale={scale}"))
        })
        .into();
    let scores: BTreeMap<Shot, f64> = results
        .arms
        .iter()
        .enumerate()
        .map(|(index, arm)| (Shot { prompt: 0, sample: 0, arm: arm.name.clone() }, index as f64))
        .collect();
    results.scores.insert("CLIP score".into(), scores);
    let fid = results.arms.iter().enumerate().map(|(index, arm)| (arm.name.clone(), 20.0 - index as f64));
    results.sets.insert("FID".into(), fid.collect());
    let folder = tempfile::tempdir().unwrap();
    let files = Report::of(&[("run".into(), results)], None).write(folder.path(), |_, _| None).unwrap();
    let figures: Vec<_> = files
        .iter()
        .filter(|file| file.extension().is_some_and(|ending| ending == "svg"))
        .map(|file| file.file_name().unwrap().to_str().unwrap())
        .collect();
    let expected =
        ["clip-score-over-guidance-scale.svg", "fid-over-guidance-scale.svg", "fid-against-clip-score.svg"];
    assert_eq!(figures, expected);
    let curves = fs::read_to_string(folder.path().join(figures[2])).unwrap();
    // Axes are thinner.
    assert_eq!(curves.matches("stroke-width=\"2\" points").count(), 2, "{curves}");
    for word in ["neutral", "ours", "CLIP score", "FID"] {
        assert!(curves.contains(word), "{word}");
    }
}
