//! How the window looks, against pictures that a person has approved (`tests/snapshots`). After a wanted change:
//! `UPDATE_SNAPSHOTS=true cargo test --test window snapshots`, and look at them.
//!
//! They need a graphics adapter, a software one will do. Where there is none they are skipped, unless
//! `TAUSCOPE_SNAPSHOTS=required`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use egui::vec2;
use egui_kittest::{SnapshotOptions, image_snapshot_options};
use image::{RgbaImage, imageops};
use tauscope::app::{Command, DraftCommand, Mode, Part, PreferencesCommand, ThemeChoice, ViewCommand};
use tauscope_core::attention::Control;
use tauscope_testing::fake::FakeLoader;

use super::rig::Rig;

/// Rows of the status line, which shows memory and times.
const STATUS: u32 = 28;
/// Drivers round differently, mostly at the edges of letters.
const MOST_FAILED_PIXELS: usize = 600;

fn check(name: &str, mut rig: Rig) {
    rig.harness.run_steps(12);
    let Some(image) = rendered(&mut rig) else { return };
    let (width, height) = image.dimensions();
    let image = imageops::crop_imm(&image, 0, 0, width, height - STATUS).to_image();
    let options = SnapshotOptions::new().max_failed_pixels(MOST_FAILED_PIXELS);
    image_snapshot_options(&image, name, &options);
}

/// The window as pixels; `None` where nothing can draw it.
fn rendered(rig: &mut Rig) -> Option<RgbaImage> {
    let drawn = catch_unwind(AssertUnwindSafe(|| rig.harness.render()));
    let is_required = std::env::var("TAUSCOPE_SNAPSHOTS").is_ok_and(|value| value == "required");
    match drawn {
        Ok(Ok(image)) => Some(image),
        problem if is_required => panic!("the window cannot be drawn: {problem:?}"),
        _ => {
            eprintln!("Skipped: there is no graphics adapter, not even a software one.");
            None
        }
    }
}

fn painted() -> Rig {
    let mut rig = Rig::new(vec2(1280.0, 800.0), FakeLoader::default());
    rig.send(DraftCommand::Seed(7));
    rig.paint("a red cat and a blue dog");
    rig
}

#[test]
fn a_new_window() {
    let mut rig = Rig::new(vec2(1280.0, 800.0), FakeLoader::default());
    rig.send(DraftCommand::Seed(7));
    check("new", rig);
}

#[test]
fn heat_over_a_painting() {
    let mut rig = painted();
    rig.send(ViewCommand::Select { part: Part::Word(2), add: false });
    rig.send(ViewCommand::PinWord(Part::Word(6)));
    check("overlay", rig);
}

#[test]
fn entities_in_the_light() {
    let mut rig = painted();
    rig.send(PreferencesCommand::ToggleTheme);
    assert_eq!(rig.session().preferences.theme, ThemeChoice::Light);
    rig.send(ViewCommand::Mode(Mode::Entities));
    rig.send(ViewCommand::Step(3));
    check("entities-light", rig);
}

#[test]
fn a_comparison() {
    let mut rig = painted();
    rig.send(Command::Steer(Box::new(Control { tau: 0.9, ..Control::neutral() })));
    rig.wait(|session| session.queue.running().is_none() && session.queue.waiting().is_empty());
    rig.send(Command::StartComparison);
    rig.wait(|session| session.queue.running().is_none() && session.queue.waiting().is_empty());
    check("compare", rig);
}
