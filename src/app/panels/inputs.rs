//! The column of inputs: prompt, settings, steering, the button.

use egui::{
    DragValue, Frame, Margin, Panel, Popup, PopupCloseBehavior, ScrollArea, Sense, Ui, WidgetInfo, vec2,
};

use super::{
    super::{
        session::{Command, DraftCommand, ModelStatus, QueueCommand},
        theme::GAP,
        widgets::{ButtonKind, FIELD_HEIGHT, button, caption, field, menu, number, small},
    },
    Drawing, prompt, scrolled, steering,
};
use tauscope_core::diffusion::{MAX_STEPS, scheduler::Sampler};

pub(super) fn show(d: &mut Drawing<'_>, ui: &mut Ui) {
    let column = ui.max_rect().expand2(vec2(14.0, 12.0));
    ui.painter().vline(column.right() - 0.5, column.y_range(), d.palette.hairline());
    Panel::bottom("generate")
        .frame(Frame::new().inner_margin(Margin { top: 4, ..Margin::ZERO }))
        .show_separator_line(false)
        .resizable(false)
        .show(ui, |ui| generate(d, ui));
    scrolled(ui, ScrollArea::vertical().auto_shrink(false), |ui| {
        ui.spacing_mut().item_spacing = vec2(GAP, 10.0);
        prompt::show(d, ui);
        settings(d, ui);
        ui.add_space(4.0);
        steering::show(d, ui);
    });
}

fn settings(d: &mut Drawing<'_>, ui: &mut Ui) {
    let session = d.session;
    let draft = session.draft.settings();
    let width = ui.available_width();
    // What "Guidance" takes; the rest is for sizes like 1024 × 1024.
    let narrow = 72.0;
    ui.horizontal(|ui| {
        let wide = width - 2.0 * narrow - 2.0 * GAP;
        field(ui, d.palette, vec2(wide, FIELD_HEIGHT), "Size", |ui| size(d, ui));
        field(ui, d.palette, vec2(narrow, FIELD_HEIGHT), "Steps", |ui| {
            let mut steps = draft.steps;
            let text = steps.to_string();
            let value = DragValue::new(&mut steps).range(1..=MAX_STEPS).speed(0.2);
            let tooltip = "How many steps the picture takes: more are finer and slower";
            if number(ui, &text, value).on_hover_text(tooltip).changed() {
                d.send(DraftCommand::Steps(steps));
            }
        });
        field(ui, d.palette, vec2(narrow, FIELD_HEIGHT), "Guidance", |ui| {
            let mut scale = draft.guidance_scale;
            let text = format!("{scale:.1}");
            let value = DragValue::new(&mut scale).range(0.0..=30.0).speed(0.05).fixed_decimals(1);
            let tooltip = "How closely the picture follows the prompt: 5 to 7 is usual";
            if number(ui, &text, value).on_hover_text(tooltip).changed() {
                d.send(DraftCommand::Guidance(scale));
            }
        });
    });
    ui.horizontal(|ui| {
        let wide = ((width - GAP) * 0.62).floor();
        field(ui, d.palette, vec2(wide, FIELD_HEIGHT), "Seed", |ui| seed(d, ui));
        field(ui, d.palette, vec2(width - GAP - wide, FIELD_HEIGHT), "Sampler", |ui| {
            let text = draft.sampler.label();
            menu(ui, d.palette, "Sampler", text, d.palette.text, |ui| {
                for sampler in Sampler::ALL {
                    if ui.selectable_label(sampler == draft.sampler, sampler.label()).clicked() {
                        d.send(DraftCommand::Sampler(sampler));
                    }
                }
            })
            .on_hover_text("The rule by which noise becomes a picture, step by step");
        });
    });
}

fn size(d: &mut Drawing<'_>, ui: &mut Ui) {
    let draft = d.session.draft.settings();
    let (width, height) = (draft.width, draft.height);
    let text = format!("{width} × {height}");
    let presets = d.session.models.sizes();
    menu(ui, d.palette, "Size", &text, d.palette.text, |ui| {
        for (w, h, aspect) in presets {
            if ui.selectable_label((w, h) == (width, height), format!("{w} × {h}   {aspect}")).clicked() {
                d.send(DraftCommand::Size(w, h));
            }
        }
    })
    .on_hover_text("Width and height in pixels; the model paints best near its native size");
}

fn seed(d: &mut Drawing<'_>, ui: &mut Ui) {
    let (session, draft) = (d.session, &d.session.draft);
    ui.horizontal(|ui| {
        let mut seed = draft.settings().seed;
        let text = seed.to_string();
        let value = DragValue::new(&mut seed).range(0..=u64::MAX).speed(1.0);
        let tooltip = "The noise that the picture begins from: the same seed gives the same picture";
        if number(ui, &text, value).on_hover_text(tooltip).changed() {
            d.send(DraftCommand::Seed(seed));
        }
        let text = if draft.seed_is_fixed() { "fixed" } else { "new each time" };
        menu(ui, d.palette, "Seed is", text, d.palette.dim, |ui| {
            if ui.selectable_label(!draft.seed_is_fixed(), "New each time").clicked() {
                d.send(DraftCommand::SeedIsFixed(false));
            }
            if ui.selectable_label(draft.seed_is_fixed(), "Fixed").clicked() {
                d.send(DraftCommand::SeedIsFixed(true));
            }
            if let Some(shown) = session.shown() {
                let text = format!("Reuse {} of this picture", shown.painting.settings.seed);
                if ui.button(text).clicked() {
                    d.send(Command::ReuseSeed);
                }
            }
        })
        .on_hover_text("Whether each picture gets a new seed");
    });
}

fn generate(d: &mut Drawing<'_>, ui: &mut Ui) {
    queue(d, ui);
    let session = d.session;
    let width = ui.available_width();
    const HEIGHT: f32 = 42.0;
    if let Some(run) = session.queue.running() {
        ui.horizontal(|ui| {
            let queue = 104.0;
            let stop = if run.stopping { "Stopping…" } else { "Stop" };
            let size = vec2(width - queue - GAP, HEIGHT);
            let key = if run.stopping { "" } else { "Esc" };
            let response = button(ui, d.palette, size, stop, key, ButtonKind::Outlined);
            if response.on_hover_text("Stops the painting within this step").clicked() {
                d.send(QueueCommand::Stop);
            }
            ui.add_enabled_ui(session.can_generate(), |ui| {
                let response =
                    button(ui, d.palette, vec2(queue, HEIGHT), "Add one", "", ButtonKind::Outlined);
                if response.on_hover_text("Queues another picture behind this one (Ctrl+Enter)").clicked() {
                    d.send(Command::Generate);
                }
            });
        });
    } else {
        ui.add_enabled_ui(session.can_generate(), |ui| {
            let size = vec2(width, HEIGHT);
            let why_not = match session.draft.settings().validate() {
                Err(error) => error.to_string(),
                Ok(()) => "Open a model first".to_owned(),
            };
            let response = button(ui, d.palette, size, "Generate", "Ctrl Enter", ButtonKind::Filled)
                .on_disabled_hover_text(why_not);
            if response.on_hover_text("Paints the prompt").clicked() {
                d.send(Command::Generate);
            }
        });
    }
}

/// What waits, in one line that opens to a list. The line is always there, so that nothing jumps.
fn queue(d: &mut Drawing<'_>, ui: &mut Ui) {
    let session = d.session;
    let palette = d.palette;
    ui.spacing_mut().item_spacing.y = 4.0;
    ui.horizontal(|ui| {
        ui.set_height(20.0);
        let (model, waiting) = (session.models.status(), session.queue.waiting());
        if waiting.is_empty() {
            if matches!(model, ModelStatus::None | ModelStatus::Failed(_)) {
                ui.label(small("Open a model to begin", palette.dim));
            }
            return;
        }
        let text = if session.queue.running().is_none() && matches!(model, ModelStatus::Loading { .. }) {
            format!("{} waiting for the model", waiting.len())
        } else {
            format!("{} waiting", waiting.len())
        };
        let response =
            ui.add(egui::Button::new(small(text.clone(), palette.text)).frame(false).sense(Sense::click()));
        response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, format!("Queue: {text}")));
        Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
            ui.set_width(260.0);
            ui.label(caption("Queue", palette.dim));
            for job in waiting {
                ui.horizontal(|ui| {
                    let clear = button(ui, palette, vec2(60.0, 24.0), "Remove", "", ButtonKind::Outlined);
                    if clear.clicked() {
                        d.send(QueueCommand::Remove(job.id));
                    }
                    ui.add(egui::Label::new(small(job.settings.prompt.clone(), palette.text)).truncate());
                });
            }
        });
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let clear = ui.add(egui::Button::new(small("Clear", palette.accent)).frame(false));
            if clear.on_hover_text("Empties the queue; what runs goes on").clicked() {
                d.send(QueueCommand::Clear);
            }
        });
    });
}
