use serde_json::Value;

use super::*;

/// start, "a" and "cat" of entity 0, "and", "dog" (weighing 2) of entity 1, end.
fn plan() -> TokenPlan {
    use TokenKind::{Entity, Frame, Global};
    let kinds = [Frame, Entity(0), Entity(0), Global, Entity(1), Frame];
    let weights = [1.0, 1.0, 1.0, 1.0, 2.0, 1.0];
    TokenPlan(
        kinds
            .into_iter()
            .zip(weights)
            .map(|(kind, weight)| PlannedToken { kind, weight, is_head: false })
            .collect(),
    )
}

#[test]
fn tau_acts_in_its_span_only() {
    fn check(step: usize, steps: usize, expected: f32) {
        let control = Control { tau: 0.5, tau_span: Span { start: 0.0, end: 0.5 }, ..Control::default() };
        let step = control.at(Control::progress(step, steps), &TokenPlan::neutral(1));
        assert_eq!(step.inverse_temperature, ByBlock::all(expected));
    }
    check(0, 4, 2.0);
    check(1, 4, 2.0);
    check(2, 4, 1.0);
    check(3, 4, 1.0);
    check(0, 1, 2.0);
}

#[test]
fn blocks_that_are_left_out_stay_neutral() {
    let blocks = Blocks { mid: false, ..Blocks::ALL };
    let control = Control {
        tau: 0.5,
        tau_blocks: blocks,
        mask: Mask { strength: 0.8, blocks, ..Mask::default() },
        ..Control::default()
    };
    let step = control.at(0.0, &plan());
    assert_eq!(step.inverse_temperature, ByBlock { down: 2.0, mid: 1.0, up: 2.0 });
    assert_eq!(step.mask_strength, ByBlock { down: 0.8, mid: 0.0, up: 0.8 });
}

#[test]
fn the_mask_acts_in_its_span_only() {
    fn check(progress: f32, expected: f32) {
        let mask = Mask { strength: 0.6, span: Span { start: 0.2, end: 0.7 }, ..Mask::default() };
        let step = Control { mask, ..Control::default() }.at(progress, &plan());
        assert_eq!(step.mask_strength, ByBlock::all(expected));
    }
    check(0.0, 0.0);
    check(0.2, 0.6);
    check(0.7, 0.0);
}

#[test]
fn tokens_know_their_entity() {
    let step = Control::neutral().at(0.0, &plan());
    assert_eq!((step.token_entity.as_slice(), step.entities()), (&[-1, 0, 0, -1, 1, -1][..], 2));
    assert_eq!(StepControl::neutral(3).entities(), 0);
}

#[test]
fn curves_weigh_text_and_prompt_weights_act_on_top() {
    fn check(on: bool, progress: f32, expected: [f32; 6]) {
        let control = Control { weights: Weights { on, ..Weights::default() }, ..Control::default() };
        let got = control.at(progress, &plan()).token_weight;
        assert!(got.iter().zip(expected).all(|(got, expected)| (got - expected).abs() < 1e-6), "{got:?}");
    }
    check(false, 0.0, [1.0, 1.0, 1.0, 1.0, 2.0, 1.0]);
    check(true, 0.0, [1.0, 0.7, 0.7, 1.3, 1.4, 1.0]);
    check(true, 0.5, [1.0, 1.0, 1.0, 1.0, 2.0, 1.0]);
    check(true, 1.0, [1.0, 1.3, 1.3, 0.7, 2.6, 1.0]);
}

/// A weight of 0 made the pair text.
#[test]
fn a_silent_token_has_a_weight_that_can_be_divided_by() {
    let silent = TokenPlan(vec![PlannedToken { kind: TokenKind::Global, weight: 0.0, is_head: false }]);
    for control in [Control::neutral(), Control::our_reading()] {
        let [weight] = control.at(1.0, &silent).token_weight[..] else { panic!("not one token") };
        assert!(weight.is_normal() && weight > 0.0 && weight < 1e-5, "{weight}");
    }
}

#[test]
fn presets_are_what_the_method_says() {
    let ours = Control::our_reading();
    assert_eq!((ours.tau, ours.tau_span), (0.7, Span { start: 0.0, end: 0.4 }));
    assert_eq!((ours.mask.strength, ours.mask.reduce, ours.mask.span), (1.0, Reduce::Sum, Span::WHOLE));
    assert_eq!(ours.weights, Weights::of_amplitude(0.3).unwrap());
    assert_eq!(Control { mask: Mask::default(), ..Control::mask_only() }, Control::neutral());
    for (control, needs_entities) in [(Control::neutral(), false), (Control::mask_only(), true), (ours, true)]
    {
        assert_eq!(control.needs_entities(), needs_entities);
        assert!(control.validate().is_ok());
    }
}

#[test]
fn older_files_are_read() {
    fn check(json: &str, expected: Control) {
        assert_eq!(serde_json::from_str::<Control>(json).unwrap(), expected);
    }
    check("{}", Control::neutral());
    check(
        r#"{"tau":0.5,"tau_span":{"start":0.0,"end":0.5}}"#,
        Control { tau: 0.5, tau_span: Span { start: 0.0, end: 0.5 }, ..Control::default() },
    );
    check(r#"{"mask":{"strength":1.0}}"#, Control::mask_only());
    let blocks = Blocks { mid: false, ..Blocks::ALL };
    check(
        r#"{"tau_stages":{"down":true,"mid":false,"up":true},"mask":{"stages":{"down":true,"mid":false,"up":true}}}"#,
        Control { tau_blocks: blocks, mask: Mask { blocks, ..Mask::default() }, ..Control::default() },
    );
    let ours = Control::our_reading();
    check(&serde_json::to_string(&ours).unwrap(), ours);
}

#[test]
fn each_wrong_value_is_named() {
    fn check(change: impl FnOnce(&mut Control), expected: &str) {
        let mut control = Control::our_reading();
        change(&mut control);
        let message = control.validate().unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    check(|c| c.tau = 0.0, "temperature of 0");
    check(|c| c.tau_span.end = 1.5, "temperature cannot act from 0 to 1.5");
    check(|c| c.mask.strength = 1.1, "mask strength of 1.1");
    check(|c| c.mask.strength = f32::NAN, "mask strength of NaN");
    check(|c| c.mask.span = Span { start: 0.6, end: 0.5 }, "mask cannot act from 0.6 to 0.5");
    check(|c| c.weights.global = Curve::line(0.5, 1.5), "curve of the global words");
    check(|c| c.weights.entity = Curve::line(1.5, 0.5), "curve of the entities");
    let message = Weights::of_amplitude(1.5).unwrap_err().to_string();
    assert!(message.contains("amplitude of 1.5"), "{message}");
}

/// Every value of the JSON, changed one at a time: one that the list lacks would make no difference.
#[test]
fn the_list_has_every_value() {
    fn values(json: &Value, path: &str) -> Vec<String> {
        match json {
            Value::Object(fields) => {
                fields.iter().flat_map(|(key, value)| values(value, &format!("{path}/{key}"))).collect()
            }
            _ => vec![path.to_owned()],
        }
    }
    let control = Control { structured: true, ..Control::our_reading() };
    let json = serde_json::to_value(&control).unwrap();
    let paths = values(&json, "");
    assert!(paths.iter().any(|path| path == "/mask/reduce"), "{paths:?}");
    for path in paths {
        let mut changed = json.clone();
        let value = changed.pointer_mut(&path).unwrap();
        *value = match &*value {
            Value::Bool(on) => (!on).into(),
            Value::Number(_) => 0.5.into(),
            Value::String(_) if path == "/mask/regions" => "words".into(),
            Value::String(_) => "max".into(),
            _ => serde_json::to_value(Curve::line(1.0, 1.0)).unwrap(),
        };
        let changed: Control = serde_json::from_value(changed).unwrap();
        assert_eq!(changed.differences(&control).len(), 1, "{path}");
    }
}

#[test]
fn differences_are_told_in_words() {
    fn check(to: Control, expected: &[&str]) {
        assert_eq!(to.differences(&Control::neutral()), expected);
    }
    check(Control::neutral(), &[]);
    check(Control { tau: 0.7, ..Control::neutral() }, &["τ 1.00 to 0.70"]);
    check(Control { tau_span: Span { start: 0.0, end: 0.5 }, ..Control::neutral() }, &[]);
    check(Control::mask_only(), &["mask 0.00 to 1.00"]);
    check(
        Control::our_reading(),
        &["τ 1.00 to 0.70", "τ acts 0 %–100 % to 0 %–40 %", "mask 0.00 to 1.00", "weight curves off to on"],
    );
    let (span, blocks) = (Span { start: 0.2, end: 1.0 }, Blocks { up: false, ..Blocks::ALL });
    check(
        Control { mask: Mask { span, blocks, ..Mask::HARD }, ..Control::neutral() },
        &["mask 0.00 to 1.00", "mask acts 0 %–100 % to 20 %–100 %", "mask in all layers to down+mid"],
    );
}

#[test]
fn options_set_their_field() {
    fn check(name: &str, text: &str, expected: &[&str]) {
        let mut options = CONTROL_PARTS.iter().flat_map(|part| part.fields).flat_map(|field| field.options);
        let option = options.find(|option| option.name == name).unwrap();
        let mut control = Control { structured: true, ..Control::our_reading() };
        (option.set)(&mut control, text).unwrap();
        assert_eq!(control.differences(&Control { structured: true, ..Control::our_reading() }), expected);
    }
    check("tau", "0.5", &["τ 0.70 to 0.50"]);
    check("temperature-end", " 1", &["τ acts 0 %–40 % to 0 %–100 %"]);
    check("mask", "", &[]);
    check("mask-strength", "0.25", &["mask 1.00 to 0.25"]);
    check("mask-reduce", "mean", &["score by sum to mean"]);
    check("mask-range", "0.1:0.7", &["mask acts 0 %–100 % to 10 %–70 %"]);
    check("weights", "0.4", &["weight curves with other points"]);
    check("structured", "", &[]);
}
