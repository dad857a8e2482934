//! What people answer.

use std::fs;

use super::{super::*, bench::Bench};

/// Pictures of two prompts, two samples and two arms: eight, with two questions each.
const QUESTIONS: usize = 16;

#[test]
fn a_review_goes_on_where_it_stopped() {
    let bench = Bench::new();
    bench.run();
    let mut review = Review::open(&bench.root, "anna").unwrap();
    assert_eq!(review.progress(), (0, QUESTIONS));
    let first = review.next().unwrap().1.clone();
    for answer in [Some(true), Some(false), None] {
        review.answer(answer).unwrap();
    }
    review.undo().unwrap();
    assert_eq!(review.progress(), (2, QUESTIONS));
    let next = review.next().unwrap().1.clone();
    drop(review);

    let mut review = Review::open(&bench.root, "anna").unwrap();
    assert_eq!((review.progress(), review.next().unwrap().1), ((2, QUESTIONS), &next));
    // All questions about a picture come one after the other.
    let results = Results::read(&bench.root).unwrap();
    assert_eq!(results.answers["people/anna"][&first.shot], [Some(true), Some(false)]);
    assert_eq!(results.answers["people/anna"].len(), 1);
    while review.next().is_some() {
        review.answer(None).unwrap();
    }
    assert_eq!(review.progress(), (QUESTIONS, QUESTIONS));
    review.undo().unwrap();
    assert_eq!(review.progress(), (QUESTIONS - 1, QUESTIONS));
}

/// A window that was opened and closed made its reviewer the judge of a whole report.
#[test]
fn who_has_answered_nothing_is_no_judge() {
    let bench = Bench::new();
    bench.run();
    drop(Review::open(&bench.root, "anna").unwrap());
    fs::write(bench.root.join("people/.DS_Store"), "no lines").unwrap();
    let results = Results::read(&bench.root).unwrap();
    assert_eq!(results.answers.keys().collect::<Vec<_>>(), ["reader"]);
    let mut review = Review::open(&bench.root, "anna").unwrap();
    review.answer(Some(true)).unwrap();
    review.answer(Some(true)).unwrap();
    let runs = [("run".to_owned(), Results::read(&bench.root).unwrap())];
    let report = crate::report::Report::of(&runs, None);
    assert_eq!(report.json()["judge"], "reader");
}

#[test]
fn reviewers_see_their_own_orders_and_do_not_share_a_file() {
    let bench = Bench::new();
    bench.run();
    let order = |name: &str| {
        let mut review = Review::open(&bench.root, name).unwrap();
        let mut shots = Vec::new();
        while let Some((_, question)) = review.next() {
            shots.push(question.shot.clone());
            review.answer(None).unwrap();
        }
        shots
    };
    assert_ne!(order("anna"), order("ben"));
    let _first = Review::open(&bench.root, "carl").unwrap();
    let message = Review::open(&bench.root, "carl").unwrap_err().to_string();
    assert!(message.contains("Another Tauscope holds"), "{message}");
    for name in ["", "../anna", "a/b"] {
        let message = Review::open(&bench.root, name).unwrap_err().to_string();
        assert!(message.contains("cannot be a reviewer's name"), "{message}");
    }
}
