use std::sync::LazyLock;

use serde_json::Value;

use super::*;
use crate::study::{Kind, builtin, trouble::damaged};
use tauscope_language::LanguageData;

static LANGUAGE: LazyLock<Language> =
    LazyLock::new(|| Language::from_reader("the program", LanguageData::embedded()).unwrap());

fn ask(prompt: &str, entities: &str) -> Vec<String> {
    let entities = Entities::by_hand(prompt, entities).unwrap();
    questions(prompt, &entities).into_iter().map(|check| check.question).collect()
}

#[test]
fn questions_are_about_what_the_prompt_says() {
    fn check(prompt: &str, entities: &str, expected: &[&str]) {
        assert_eq!(ask(prompt, entities), expected, "{prompt}");
    }
    check(
        "a red cat and an umbrella",
        "a red cat;an umbrella",
        &["Is there a cat?", "Is there an umbrella?", "Is the cat red?"],
    );
    check(
        "two black cats above three wooden houses at night",
        "two black cats;three wooden houses",
        &[
            "Are there cats?",
            "Are there houses?",
            "Are there exactly two cats?",
            "Are there exactly three houses?",
            "Are the cats black?",
            "Are the houses wooden?",
            "Is it at night?",
            "Are the cats above the houses?",
        ],
    );
    check(
        "a girl with a (green:1.3) hat and a cat on the beach",
        "a girl|a green hat;a cat",
        &[
            "Is there a girl?",
            "Is there a cat?",
            "Does the girl have the hat?",
            "Is the cat without a hat?",
            "Is there exactly one hat?",
            "Is the hat green?",
            "Is it on the beach?",
        ],
    );
    check(
        "a woman with long hair is sitting on a glass table",
        "a woman|long hair;a glass table",
        &[
            "Is there a woman?",
            "Is there a table?",
            "Does the woman have long hair?",
            "Is the table made of glass?",
            "Is the woman on the table?",
        ],
    );
    check(
        "a red dog next to a blue dog",
        "a red dog;a blue dog",
        &[
            "Is there a dog?",
            "Are there exactly two dogs?",
            "Is one dog red and the other blue?",
            "Is the red dog next to the blue dog?",
        ],
    );
    check(
        "a red ball, a blue ball and a dark green ball",
        "a red ball;a blue ball;a dark green ball",
        &[
            "Is there a ball?",
            "Are there exactly three balls?",
            "Is there a red ball?",
            "Is there a blue ball?",
            "Is there a dark green ball?",
        ],
    );
    check(
        "an orange car behind the other orange car",
        "an orange car;the other orange car",
        &["Is there a car?", "Are both cars orange?"],
    );
    check(
        "a herd of sheep and 2girls",
        "a herd|sheep;2girls",
        &["Are there sheep?", "Are there girls?", "Are there exactly two girls?"],
    );
    check(
        "a cat and a dog with a striped scarf in a grass field during the day",
        "a cat;a dog|a striped scarf",
        &[
            "Is there a cat?",
            "Is there a dog?",
            "Does the dog have the scarf?",
            "Is the cat without a scarf?",
            "Is there exactly one scarf?",
            "Is the scarf striped?",
            "Is it in a grass field?",
            "Is it during the day?",
        ],
    );
    check("the cat is black", "the cat|black", &["Is there a cat?", "Is the cat black?"]);
    check("", "", &[]);
}

/// What a check counts under and what it asks of the scene reader.
fn asked(check: &Check) -> Value {
    let mut fields = serde_json::to_value(check).unwrap();
    fields.as_object_mut().unwrap().remove("question");
    fields
}

/// All checks of the 360 prompts are made from the entities as the program finds them, in the same words. As a prompt of
/// one kind does not ask all that it could, 802 are made.
#[test]
fn questions_agree_with_those_of_the_scenes() {
    let prompts = builtin::scenes().unwrap().prompts;
    let (mut checks, mut same, mut same_words, mut made_checks) = (0, 0, 0, 0);
    let mut missing = Vec::new();
    for prompt in &prompts {
        let mut made = vec![StudyPrompt { checks: Vec::new(), ..prompt.clone() }];
        fill_questions(&mut made, &LANGUAGE);
        let made = &made[0].checks;
        made_checks += made.len();
        for check in &prompt.checks {
            checks += 1;
            let alike = made.iter().find(|made| asked(made) == asked(check));
            same += usize::from(alike.is_some());
            same_words += usize::from(alike.is_some_and(|made| made.question == check.question));
            if alike.is_none() {
                missing.push(format!("{}: {}", prompt.prompt, check.question));
            }
        }
    }
    println!(
        "{same} of {checks} agree, {same_words} in words too; {made_checks} are made; not these: {missing:#?}"
    );
    assert_eq!(checks, 745);
    assert!(same >= 745, "{same} of {checks} agree; not these: {missing:#?}");
    assert_eq!(same_words, same);
}

/// Whatever is typed is asked about or not; nothing is cut within a letter.
#[test]
fn any_prompt_can_be_asked_about() {
    let sound = "((two (red:1.3) cats)) & a 1950 éclair, on a big [beach] at night \\(3 dogs\\), 99999999999999999999 hats";
    for bytes in damaged(sound.as_bytes(), 300) {
        let prompt = String::from_utf8_lossy(&bytes);
        let checks = questions(&prompt, &LANGUAGE.entities(&prompt));
        assert!(checks.iter().all(|check| check.question.ends_with('?')), "{prompt}: {checks:?}");
    }
}

#[test]
fn a_prompt_of_a_kind_is_asked_about_it_alone() {
    let text = "two red cats and a dog at night";
    let prompt = StudyPrompt {
        number: 0,
        prompt: text.into(),
        kind: Some(Kind::Time),
        level: None,
        half: None,
        checks: Vec::new(),
    };
    let mut prompts = [prompt.clone(), StudyPrompt { kind: None, ..prompt }];
    fill_questions(&mut prompts, &LANGUAGE);
    assert_eq!(prompts[0].checks.len(), 1);
    assert!(prompts[1].checks.len() > 5, "{:?}", prompts[1].checks);
    let before = prompts.clone();
    fill_questions(&mut prompts, &LANGUAGE);
    assert_eq!(prompts, before);
}
