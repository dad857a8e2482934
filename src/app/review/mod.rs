//! The window of `tauscope review`: one picture and one question at a time, the arm hidden, answered by keys.
//!
//! What this is not: the order of the questions and the answers' file (`tauscope-studies` keeps them), or a part of the main
//! window, whose session knows nothing of it.

mod clerk;

use std::path::Path;

use egui::{
    Align2, CentralPanel, Event, Frame, Key, Rect, Role, Sense, Ui, ViewportBuilder, WidgetInfo, pos2, vec2,
};

use super::{
    fonts, memory_file, pixels,
    run::run_window,
    textures::{TextureKey, Textures},
    theme::{self, GAP, Palette},
    widgets::{ButtonKind, button, fit, picture, small},
};
use clerk::{Asked, Clerk, News, Order};
use tauscope_core::{data_folder, error::Result};
use tauscope_studies::run::Review;

/// The keys, their answers, and what the buttons say.
const ANSWERS: [(Key, &str, &str, Option<bool>); 3] = [
    (Key::Y, "Yes", "Y", Some(true)),
    (Key::N, "No", "N", Some(false)),
    (Key::Space, "Cannot tell", "Space", None),
];
const BUTTON_HEIGHT: f32 = 36.0;
/// Room below the picture: prompt, question, buttons.
const BELOW: f32 = 148.0;

/// Opens the window on the run in `folder` and returns when it is closed; every answer is on the disk then. It has the
/// colours that the main window had last.
///
/// # Errors
/// As [`Review::open`], and if there is no display or the system gives no thread.
pub fn review(folder: &Path, reviewer: &str) -> Result<()> {
    let review = Review::open(folder, reviewer)?;
    let memory = data_folder().map(|data| memory_file::read(&memory_file::within(&data)));
    let theme = memory.unwrap_or_default().theme();
    let viewport = ViewportBuilder::default()
        .with_title("Tauscope review")
        .with_app_id("tauscope")
        .with_inner_size([760.0, 860.0])
        .with_min_inner_size([480.0, 520.0]);
    run_window("Tauscope review", viewport, move |ctx| {
        theme::install(ctx);
        theme::choose(ctx, theme);
        let waker = ctx.clone();
        let clerk = Clerk::start(review, move || waker.request_repaint())?;
        Ok(Box::new(Window {
            clerk,
            palette: Palette::of(theme),
            textures: Textures::default(),
            state: State::Waiting,
        }))
    })
}

struct Window {
    clerk: Clerk,
    palette: &'static Palette,
    textures: Textures,
    state: State,
}

/// What is on the screen.
enum State {
    /// The next question is on its way.
    Waiting,
    Asking(Box<Asked>),
    /// All of so many are answered.
    Done(usize),
    /// What went wrong. Nothing that was answered before is lost.
    Failed(String),
}

impl eframe::App for Window {
    fn logic(&mut self, _ctx: &egui::Context, _frame: &mut eframe::Frame) {
        while let Some(news) = self.clerk.poll() {
            self.state = match news {
                News::Asked(asked) => State::Asking(asked),
                News::Done(of) => State::Done(of),
                News::Failed(problem) => State::Failed(problem),
            };
        }
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.textures.begin_frame();
        let palette = self.palette;
        let frame = Frame::new().fill(palette.well).inner_margin(20.0);
        let order = CentralPanel::default().frame(frame).show(ui, |ui| self.show(ui)).inner;
        if let Some(order) = order.or_else(|| self.key(ui)) {
            self.state = State::Waiting;
            self.clerk.tell(order);
        }
    }
}

impl Window {
    /// What a key asks for.
    fn key(&self, ui: &Ui) -> Option<Order> {
        // A key that is held would answer pictures that nobody has seen.
        let pressed = |wanted| {
            let is_press = |event: &Event| matches!(event, Event::Key { key, pressed: true, repeat: false, .. } if *key == wanted);
            ui.input(|input| input.events.iter().any(is_press))
        };
        if matches!(self.state, State::Asking(_)) {
            let answer = ANSWERS.into_iter().find(|(key, ..)| pressed(*key));
            if let Some((.., answer)) = answer {
                return Some(Order::Answer(answer));
            }
        }
        (pressed(Key::Backspace) && self.can_undo()).then_some(Order::Undo)
    }

    fn can_undo(&self) -> bool {
        match &self.state {
            State::Asking(asked) => asked.answered > 0,
            State::Done(of) => *of > 0,
            State::Waiting | State::Failed(_) => false,
        }
    }

    fn show(&mut self, ui: &mut Ui) -> Option<Order> {
        let whole = ui.max_rect();
        match &self.state {
            // The next question comes within a frame or two; anything drawn here would flicker.
            State::Waiting => None,
            State::Asking(asked) => {
                let above = progress(ui, self.palette, whole, asked.answered, asked.of);
                let room =
                    Rect::from_min_max(pos2(whole.left(), above), whole.right_bottom() - vec2(0.0, BELOW));
                let (width, height) = asked.image.dimensions();
                let place = fit(room, width as f32 / height.max(1) as f32);
                let key = TextureKey::Reviewed(asked.at);
                if let Some(texture) =
                    self.textures.texture(ui.ctx(), key, || Some(pixels::stored(&asked.image)))
                {
                    picture(ui, texture, place, theme::RADIUS, 1.0);
                }
                let named = ui.interact(place, ui.scope_id().with("picture"), Sense::hover());
                named.widget_info(|| WidgetInfo::labeled(Role::Image, true, "The picture to judge"));
                question(ui, self.palette, whole, asked, self.can_undo())
            }
            State::Done(of) => {
                let text = format!("All {of} questions are answered. Thank you.");
                message(ui, self.palette, whole, &text, "Backspace takes the last answer back")
            }
            State::Failed(problem) => {
                let problem = problem.clone();
                message(ui, self.palette, whole, "This review cannot go on", &problem)
            }
        }
    }
}

/// How far the review is; gives where the rest begins.
fn progress(ui: &Ui, palette: &Palette, whole: Rect, answered: usize, of: usize) -> f32 {
    let font = fonts::regular(theme::SMALL);
    let text = format!("{answered} of {of} answered");
    ui.painter().text(whole.left_top(), Align2::LEFT_TOP, text, font, palette.dim);
    let bar = Rect::from_min_size(whole.left_top() + vec2(0.0, 22.0), vec2(whole.width(), 3.0));
    ui.painter().rect_filled(bar, 2.0, palette.line);
    let share = answered as f32 / of.max(1) as f32;
    ui.painter().rect_filled(bar.with_max_x(bar.left() + share * bar.width()), 2.0, palette.accent);
    bar.bottom() + 2.0 * GAP
}

/// The prompt, the question and the answers below the picture.
fn question(ui: &mut Ui, palette: &Palette, whole: Rect, asked: &Asked, can_undo: bool) -> Option<Order> {
    let top = whole.bottom() - BELOW + 2.0 * GAP;
    let mut below = ui.new_child(
        egui::UiBuilder::new()
            .id_salt("question")
            .max_rect(Rect::from_min_max(pos2(whole.left(), top), whole.right_bottom()))
            .layout(egui::Layout::top_down(egui::Align::Center)),
    );
    below.label(egui::RichText::new(&asked.text).font(fonts::semibold(18.0)).color(palette.text));
    below.add_space(2.0);
    below.add(egui::Label::new(small(format!("Asked for: {}", asked.prompt), palette.dim)).truncate());
    below.add_space(12.0);
    let mut order = None;
    below.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        let widths = [120.0, 120.0, 160.0];
        let all = widths.iter().sum::<f32>() + 110.0 + 3.0 * GAP;
        ui.add_space(((ui.available_width() - all) / 2.0).max(0.0));
        for ((_, text, key, answer), width) in ANSWERS.into_iter().zip(widths) {
            if button(ui, palette, vec2(width, BUTTON_HEIGHT), text, key, ButtonKind::Outlined).clicked() {
                order = Some(Order::Answer(answer));
            }
        }
        ui.add_enabled_ui(can_undo, |ui| {
            let size = vec2(110.0, BUTTON_HEIGHT);
            let undo = button(ui, palette, size, "Back", "⌫", ButtonKind::Outlined);
            if undo.on_hover_text("Takes the last answer back").clicked() {
                order = Some(Order::Undo);
            }
        });
    });
    order
}

/// Words in the middle of the window.
fn message(ui: &mut Ui, palette: &Palette, whole: Rect, title: &str, text: &str) -> Option<Order> {
    let font = fonts::semibold(18.0);
    ui.painter().text(whole.center() - vec2(0.0, 14.0), Align2::CENTER_CENTER, title, font, palette.text);
    let line = Rect::from_center_size(whole.center() + vec2(0.0, 22.0), vec2(whole.width() - 40.0, 44.0));
    ui.put(line, egui::Label::new(small(text, palette.dim)).wrap());
    None
}
