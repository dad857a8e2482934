//! A program as a judge: it may do anything, and the next picture is judged all the same.

use std::{fs, path::Path, time::Duration};

use ndarray::Array3;
use tauscope_core::{CancelToken, Result};
use tauscope_studies::judges::{Judge, Picture, ProgramJudge, Verdict};
use tempfile::TempDir;

use super::prompt;

/// A judge whose program is a shell script; it lives as long as the folder.
fn judge(script: &str, patience: Duration) -> (ProgramJudge, TempDir) {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("judge.sh");
    fs::write(&file, script).expect("a file");
    let judge = ProgramJudge::open("script", &format!("sh {}", file.display()), patience);
    let judge = judge.expect("a shell");
    (judge, folder)
}

/// Asks whether there is a red cat, a dog, and a cat.
fn ask(judge: &mut ProgramJudge, cancel: &CancelToken) -> Result<Verdict> {
    let prompt = prompt(
        r#"{"prompt": "a red cat and a dog", "checks": [
            {"kind": "colour", "question": "Is the cat red?"},
            {"kind": "content", "question": "Is there a dog?"},
            {"kind": "content", "question": "Is there a cat?"}]}"#,
    );
    let image = Array3::zeros((3, 8, 8));
    judge.judge(&Picture { image: image.view(), file: Some(Path::new("cat.png")), prompt: &prompt }, cancel)
}

fn answers(judge: &mut ProgramJudge) -> [Option<bool>; 3] {
    match ask(judge, &CancelToken::new()).expect("a verdict") {
        Verdict::Answers(answers) => answers.try_into().expect("three answers"),
        other => panic!("{other:?}"),
    }
}

const LONG: Duration = Duration::from_secs(60);

#[test]
fn it_answers_line_by_line() {
    let script = r#"while read -r line; do
        case "$line" in
            *'"picture":"cat.png"'*'"question":"Is the cat red?"'*) echo '{"answer": true, "confidence": 0.9}' ;;
            *'"prompt":"a red cat and a dog"'*dog\?*) echo '{"answer": false, "question": "Is there a dog?"}' ;;
            *) echo '{"answer": null}' ;;
        esac
    done"#;
    let (mut judge, _folder) = judge(script, LONG);
    for _ in 0..2 {
        assert_eq!(answers(&mut judge), [Some(true), Some(false), None]);
    }
}

#[test]
fn what_a_program_does_wrong_costs_one_picture_its_answers() {
    fn check(script: &str, patience: Duration, expected: &str) {
        // The first start does wrong, and leaves a mark so that the next one does not.
        let script = format!(
            "mark=\"$(dirname \"$0\")/mark\"\n\
             if [ -e \"$mark\" ]; then while read -r line; do echo '{{\"answer\": true}}'; done; fi\n\
             touch \"$mark\"\n{script}"
        );
        let (mut judge, _folder) = judge(&script, patience);
        let error = ask(&mut judge, &CancelToken::new()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(answers(&mut judge), [Some(true); 3]);
    }
    check("exit 3", LONG, "ended before it answered");
    check("read -r line; echo '{\"answer\": true}'; read -r line; exit 3", LONG, "ended before it answered");
    check("cat > /dev/null", Duration::from_secs(5), "did not answer within 5s");
    check("read -r line; echo Loading; cat > /dev/null", LONG, "wrote \"Loading\" to a question");
    check("read -r line; echo '{\"yes\": true}'; cat > /dev/null", LONG, "to a question");
    let other = "read -r line; echo '{\"answer\": true, \"question\": \"Is there a dog?\"}'; cat > /dev/null";
    check(other, LONG, "to another question");
}

#[test]
fn a_program_that_only_fails_is_given_up() {
    let (mut judge, _folder) = judge("exit 3", LONG);
    for _ in 0..3 {
        let error = ask(&mut judge, &CancelToken::new()).unwrap_err().to_string();
        assert!(error.contains("ended before it answered"), "{error}");
    }
    let error = ask(&mut judge, &CancelToken::new()).unwrap_err().to_string();
    assert!(error.contains("failed 3 times in a row"), "{error}");
}

#[test]
fn a_program_that_hangs_can_be_cancelled() {
    let (mut judge, _folder) = judge("cat > /dev/null", Duration::from_secs(3600));
    let cancel = CancelToken::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(200));
            cancel.cancel();
        });
        assert!(matches!(ask(&mut judge, &cancel), Err(tauscope_core::Error::Cancelled)));
    });
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let error = ProgramJudge::open("none", "no-such-program --now", LONG).unwrap_err().to_string();
    assert!(error.contains("\"no-such-program --now\" cannot be started"), "{error}");
    let error = ProgramJudge::open("none", "  ", LONG).unwrap_err().to_string();
    assert!(error.contains("it has no name"), "{error}");
}
