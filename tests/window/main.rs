//! The window, used as a person uses it: found by name, typed, clicked, dragged.

mod rig;
mod snapshots;

use egui::{Key, Modifiers, accesskit::Role, vec2};
use egui_kittest::kittest::Queryable;
use rig::Rig;
use tauscope::app::{
    Command, CompareCommand, DraftCommand, Mode, ModelStatus, Part, Saving, ThemeChoice, ViewCommand,
};
use tauscope_core::attention::Control;
use tauscope_testing::fake::{FakeLoader, Moment};

#[test]
fn a_typed_prompt_is_painted_and_its_words_get_tiles() {
    let mut rig = Rig::usual();
    rig.send(DraftCommand::Size(256, 256));
    rig.harness.get_by_role_and_label(Role::MultilineTextInput, "Prompt").focus();
    rig.harness.step();
    rig.harness.get_by_role_and_label(Role::MultilineTextInput, "Prompt").type_text("a red cat");
    rig.harness.run_steps(2);
    rig.click("Generate");
    rig.wait(|session| session.gallery.history().len() == 1);
    for word in ["red", "cat"] {
        assert!(rig.harness.query_by_label(&format!("Word: {word}")).is_some(), "{word}");
    }
    assert!(rig.harness.query_by_label("Word: a").is_none());
    assert_eq!(rig.session().draft.settings().prompt, "a red cat");
}

#[test]
fn a_pinned_tile_stays_on_top() {
    let mut rig = Rig::usual();
    rig.paint("a red cat");
    let top = |rig: &Rig, label: &str| rig.harness.get_by_label(label).rect().top();
    rig.click("Pin: cat");
    assert_eq!(rig.session().view.pinned_words, [Part::Word(2)]);
    assert!(top(&rig, "Word: cat") < top(&rig, "Word: red"));
    rig.harness.key_press(Key::Num1);
    rig.harness.run_steps(2);
    assert_eq!(rig.session().view.selected, [Part::Word(2)], "keys follow the order of the tiles");
    rig.click("Pin: cat");
    assert_eq!(top(&rig, "Word: cat"), top(&rig, "Word: red"));
}

/// On a slow machine one frame holds many keys: "a red cat" painted "a red".
#[test]
fn what_was_typed_before_ctrl_enter_is_painted() {
    let mut rig = Rig::usual();
    rig.send(DraftCommand::Size(256, 256));
    rig.harness.get_by_role_and_label(Role::MultilineTextInput, "Prompt").focus();
    rig.harness.step();
    rig.harness.event(egui::Event::Text("a red cat".to_owned()));
    rig.harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    rig.wait(|session| session.gallery.history().len() == 1);
    assert_eq!(rig.session().gallery.history()[0].painting.settings.prompt, "a red cat");
}

#[test]
fn an_empty_prompt_offers_examples() {
    let mut rig = Rig::usual();
    rig.click("a cat in the snow");
    assert_eq!(rig.session().draft.settings().prompt, "a cat in the snow");
    assert!(rig.harness.query_by_label("a cat in the snow").is_none());
}

#[test]
fn ctrl_up_weighs_the_word_at_the_cursor() {
    let mut rig = Rig::usual();
    rig.harness.get_by_role_and_label(Role::MultilineTextInput, "Prompt").focus();
    rig.harness.step();
    rig.harness.get_by_role_and_label(Role::MultilineTextInput, "Prompt").type_text("a red cat");
    rig.harness.run_steps(2);
    for _ in 0..2 {
        rig.harness.key_press_modifiers(Modifiers::COMMAND, Key::ArrowUp);
        rig.harness.run_steps(2);
    }
    assert_eq!(rig.session().draft.settings().prompt, "a red (cat:1.2)");
}

#[test]
fn unknown_words_are_told() {
    let mut rig = Rig::usual();
    rig.send(DraftCommand::Prompt("a red dragon".to_owned()));
    rig.harness.step();
    assert!(rig.harness.query_by_label("Never seen by this model: dragon").is_some());
}

#[test]
fn a_tile_shows_its_heat_and_a_second_click_the_picture() {
    let mut rig = Rig::usual();
    rig.paint("a red cat");
    rig.click("Word: cat");
    assert_eq!(
        (rig.session().view.mode, rig.session().view.selected.as_slice()),
        (Mode::Overlay, &[Part::Word(2)][..])
    );
    rig.click("Word: cat");
    assert_eq!(rig.session().view.mode, Mode::Picture);
}

#[test]
fn keys_work_the_window() {
    let mut rig = Rig::usual();
    rig.paint("a red cat");
    let last = rig.session().draft.settings().steps - 1;
    rig.harness.key_press(Key::ArrowLeft);
    rig.harness.run_steps(2);
    assert_eq!(rig.session().view.step, Some(last - 1));
    rig.harness.key_press(Key::Num2);
    rig.harness.run_steps(2);
    assert_eq!(rig.session().view.selected, [Part::Word(2)]);
    rig.harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    rig.harness.run_steps(2);
    assert_eq!(*rig.saved.lock().unwrap(), [Saving::Picture]);
    assert!(rig.session().notices.list().iter().any(|notice| notice.text == "Saved."));
    rig.harness.key_press(Key::Questionmark);
    rig.harness.run_steps(2);
    assert!(rig.harness.query_by_label("Keys").is_some());
}

#[test]
fn scrubbing_goes_back_and_follow_returns() {
    let mut rig = Rig::usual();
    rig.paint("a red cat");
    let strip = rig.harness.get_by_role_and_label(Role::Slider, "Step").rect();
    let at = egui::pos2(strip.left() + 2.0, strip.center().y);
    rig.harness.drag_at(at);
    rig.harness.step();
    rig.harness.drop_at(at);
    rig.harness.run_steps(2);
    assert_eq!(rig.session().view.step, Some(0));
    rig.click("Follow");
    assert_eq!(rig.session().view.step, None);
}

#[test]
fn stop_ends_a_run_and_what_waits_goes_on() {
    let (loader, gate) = FakeLoader::gated();
    let mut rig = Rig::loading(vec2(1440.0, 900.0), loader);
    gate.next().unwrap().go();
    rig.wait(|session| matches!(session.models.status(), ModelStatus::Ready(_)));
    rig.send(DraftCommand::Size(256, 256));
    rig.send(DraftCommand::Prompt("a cat".to_owned()));
    rig.send(Command::Generate);
    rig.send(Command::Generate);
    rig.wait(|session| session.queue.running().is_some());
    assert_eq!(rig.session().queue.waiting().len(), 1);
    // Encoding, then two steps.
    for _ in 0..3 {
        gate.next().unwrap().go();
    }
    let third = gate.next().unwrap();
    rig.wait(|session| session.shown().is_some_and(|shown| shown.painting.steps.len() == 2));
    rig.click("Clear");
    assert!(rig.session().queue.waiting().is_empty());
    rig.click("Stop");
    drop(third);
    rig.wait(|session| session.queue.running().is_none());
    // What was painted until then can still be looked at.
    assert_eq!(rig.session().shown().unwrap().painting.steps.len(), 2);
    assert!(rig.harness.query_by_label("Generate").is_some());
}

/// A control of this temperature only.
fn tau(tau: f32) -> Command {
    Command::Steer(Box::new(Control { tau, ..Control::default() }))
}

#[test]
fn a_drag_of_tau_repaints_the_same_seed_and_keeps_one_picture() {
    let mut rig = Rig::usual();
    rig.paint("a red cat");
    let seed = rig.session().gallery.history()[0].painting.settings.seed;
    for value in [0.9, 0.8, 0.7] {
        rig.send(tau(value));
    }
    rig.send(Command::SteeringSettled);
    rig.wait(|session| {
        session.queue.running().is_none()
            && session.queue.waiting().is_empty()
            && session.shown().is_some_and(|shown| shown.painting.settings.control.tau == 0.7)
    });
    assert_eq!(rig.session().gallery.history().len(), 2);
    assert_eq!(rig.session().gallery.history()[0].painting.settings.seed, seed);
}

#[test]
fn the_slider_is_dragged_and_a_double_click_is_neutral() {
    let mut rig = Rig::usual();
    rig.paint("a red cat");
    let slider = rig.harness.get_by_role_and_label(Role::Slider, "Self-attention temperature τ").rect();
    rig.harness.drag_at(slider.center());
    rig.harness.step();
    let end = slider.left_center() + vec2(20.0, 0.0);
    rig.harness.hover_at(end);
    rig.harness.step();
    rig.harness.drop_at(end);
    rig.harness.run_steps(2);
    assert!(
        rig.session().draft.settings().control.tau < 0.5,
        "{}",
        rig.session().draft.settings().control.tau
    );
    rig.wait(|session| session.gallery.history()[0].painting.settings.control.tau < 0.5);
    for _ in 0..2 {
        rig.harness.drag_at(end);
        rig.harness.drop_at(end);
    }
    rig.wait(|session| session.draft.settings().control.tau == 1.0);
}

#[test]
fn an_error_is_told_and_put_away() {
    let loader = FakeLoader::scripted(|moment, _| match moment {
        Moment::Step(1) => Err(tauscope_core::Error::input("The paint ran out.", "Buy some.")),
        _ => Ok(()),
    });
    let mut rig = Rig::new(vec2(1440.0, 900.0), loader);
    rig.send(DraftCommand::Size(256, 256));
    rig.send(DraftCommand::Prompt("a cat".to_owned()));
    rig.send(Command::Generate);
    rig.wait(|session| !session.notices.list().is_empty());
    assert!(rig.harness.query_by_label_contains("The paint ran out.").is_some());
    rig.click("Dismiss notice 1");
    assert!(rig.session().notices.list().is_empty());
}

#[test]
fn an_idle_window_asks_for_no_repaint() {
    let mut rig = Rig::usual();
    rig.paint("a red cat");
    rig.harness.remove_cursor();
    // The prompt keeps the focus, as after typing it: its cursor must not cost anything either.
    rig.harness.get_by_role_and_label(Role::MultilineTextInput, "Prompt").focus();
    rig.harness.run();
    rig.harness.step();
    let delay = rig.harness.output().viewport_output.values().map(|viewport| viewport.repaint_delay).min();
    assert_eq!(delay, Some(std::time::Duration::MAX));
}

#[test]
fn a_long_session_keeps_a_bounded_history() {
    let mut rig = Rig::usual();
    rig.send(DraftCommand::Steps(1));
    for _ in 0..27 {
        rig.paint("a cat");
    }
    assert_eq!(rig.session().gallery.history().len(), 24);
}

#[test]
fn forty_words_stay_within_the_window() {
    let words: Vec<_> = (0..40).map(|index| format!("word{index}")).collect();
    for (width, height) in [(1000.0, 640.0), (1440.0, 900.0), (2560.0, 1440.0)] {
        let mut rig = Rig::new(vec2(width, height), FakeLoader::default());
        rig.send(DraftCommand::Steps(4));
        rig.paint(&words.join(" "));
        rig.harness.step();
        let window = egui::Rect::from_min_size(egui::Pos2::ZERO, vec2(width, height)).expand(1.0);
        for name in
            ["Generate", "Help", "Save", "Follow", "Play", "Picture", "Overlay", "Patches", "Word: word0"]
        {
            let rect = rig.harness.get_by_label(name).rect();
            assert!(window.contains_rect(rect), "{name} at {rect:?} in {width} x {height}");
        }
        let step = rig.harness.get_by_role_and_label(Role::Slider, "Step").rect();
        assert!(window.contains_rect(step), "{step:?} in {width} x {height}");
    }
}

#[test]
fn the_theme_is_switched_by_its_button() {
    let mut rig = Rig::usual();
    rig.click("Light theme");
    assert_eq!(rig.session().preferences.theme, ThemeChoice::Light);
    assert!(!rig.harness.ctx.global_style().visuals.dark_mode);
}

#[test]
fn entities_are_found_and_changed_by_hand() {
    let mut rig = Rig::usual();
    let letters =
        |rig: &Rig| rig.session().draft.settings().entities.to_text(&rig.session().draft.settings().prompt);
    rig.send(DraftCommand::Prompt("a red cat and a blue dog".to_owned()));
    rig.wait(|session| session.draft.settings().entities.list.len() == 2);
    rig.click("Edit");
    rig.click("Pick blue");
    rig.click("Scene");
    assert_eq!(letters(&rig), "a red cat;a|dog");
    // What a person made survives typing, and comes back with its prompt.
    rig.send(DraftCommand::Prompt("a red cat and a blue dog at night".to_owned()));
    assert_eq!(letters(&rig), "a red cat;a|dog");
    rig.send(DraftCommand::Prompt("a blue dog".to_owned()));
    rig.send(DraftCommand::Prompt("a red cat and a blue dog".to_owned()));
    assert_eq!(letters(&rig), "a red cat;a|dog");
    rig.click("Find them anew");
    rig.wait(|session| !session.draft.settings().entities.by_hand);
    rig.wait(|session| session.draft.settings().entities.list[1].phrases.len() == 1);
    assert_eq!(letters(&rig), "a red cat;a blue dog");
}

#[test]
fn a_past_step_begins_a_branch() {
    let mut rig = Rig::usual();
    rig.paint("a red cat");
    let parent = rig.session().gallery.history()[0].painting.clone();
    rig.send(ViewCommand::Step(9));
    rig.send(tau(0.7));
    rig.wait(|session| session.queue.running().is_none() && session.queue.waiting().is_empty());
    rig.send(Command::Reopen(parent.id));
    rig.send(ViewCommand::Step(9));
    rig.click("Branch at 10");
    rig.wait(|session| session.gallery.history()[0].painting.branch.is_some());
    let child = &rig.session().gallery.history()[0].painting;
    assert_eq!((child.first_step(), child.steps.len()), (9, parent.steps.len()));
    assert!(std::sync::Arc::ptr_eq(&child.steps[8], &parent.steps[8]));
    assert!(!std::sync::Arc::ptr_eq(&child.steps[9], &parent.steps[9]));
}

#[test]
fn a_comparison_paints_what_is_not_there_yet() {
    let mut rig = Rig::usual();
    rig.paint("a red cat and a blue dog");
    let original = rig.session().gallery.history()[0].painting.id;
    rig.send(Command::StartComparison);
    let row = rig.session().compare.comparison().unwrap().rows[0].clone();
    assert_eq!(
        row.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(),
        ["Original", "Structured Diffusion", "Our reading of the paper"]
    );
    assert_eq!(row[0].job, original);
    rig.wait(|session| {
        row.iter().all(|one| session.gallery.history().iter().any(|kept| kept.painting.id == one.job))
    });
    let seeds: Vec<_> =
        rig.session().gallery.history().iter().map(|kept| kept.painting.settings.seed).collect();
    assert_eq!(seeds, vec![seeds[0]; 3]);
    rig.send(CompareCommand::Remove(row[1].job));
    assert_eq!(rig.session().compare.comparison().unwrap().rows[0].len(), 2);
}
