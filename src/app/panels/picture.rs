//! The picture: as large as it gets, with heat over it, to zoom, move and point at.

use egui::{Align2, Rect, Role, Sense, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::{
    super::{
        fonts,
        session::{Framing, Mode, ModelStatus, Shown, ViewCommand},
        theme::{self, GAP, MARGIN},
        widgets::{ButtonKind, button, fit, picture, small},
    },
    Drawing, aspect, child, layout, notices, patch, place, toolbar,
};
use tauscope_core::attention::Place;

/// How far a picture can be enlarged and made smaller, against its own pixels.
const ZOOM: std::ops::RangeInclusive<f32> = 0.1..=32.0;

pub(super) fn show(d: &mut Drawing<'_>, ui: &mut Ui) {
    let inner = ui.max_rect().shrink2(vec2(MARGIN + 4.0, 8.0));
    let mut column = child(ui, inner, "picture column");
    toolbar::show(d, &mut column);
    notices::show(d, &mut column);
    let canvas = column.available_rect_before_wrap();
    if canvas.height() < 8.0 {
        return;
    }
    match d.shown() {
        Some((shown, step)) => painting(d, ui, canvas, shown, step),
        None => empty(d, ui, canvas),
    }
}

fn painting(d: &mut Drawing<'_>, ui: &mut Ui, canvas: Rect, shown: Shown<'_>, step: usize) {
    let framing = d.session.view.framing;
    let whole = fit(canvas.shrink2(vec2(0.0, GAP)), aspect(&shown.painting.settings));
    let rect = framing.map_or(whole, |framing| placed(framing, canvas, shown, ui));
    let response = ui.interact(canvas, ui.scope_id().with("picture"), Sense::click_and_drag());
    response.widget_info(|| {
        let prompt = &shown.painting.settings.prompt;
        WidgetInfo::labeled(Role::Image, true, format!("Picture of step {}: {prompt}", step + 1))
    });

    let clipped = ui.painter().with_clip_rect(canvas);
    let mut layer = ui.new_child(egui::UiBuilder::new().max_rect(canvas));
    layer.set_clip_rect(canvas);
    let radius = if framing.is_none() { theme::RADIUS } else { 0 };
    let is_of_entities = d.session.view.mode == Mode::Entities && !d.session.view.peeking;
    if let Some(texture) = d.picture_at(ui, shown.painting, step) {
        // A pale picture lets the entities' colours stand out.
        picture(&layer, texture, rect, radius, if is_of_entities { 0.45 } else { 1.0 });
    }
    if !d.session.view.overlaid().is_empty()
        && let Some(heat) = d.overlay(ui, shown, step)
    {
        picture(&layer, heat, rect, radius, 1.0);
    }
    if is_of_entities && d.session.view.hovered.is_none() {
        match d.entities(ui, shown, step) {
            Some(texture) => picture(&layer, texture, rect, radius, 1.0),
            None => patch::hint(d, ui, canvas, "Painted without two entities to tell apart"),
        }
    }
    if d.session.view.mode == Mode::Patch && !d.session.view.peeking {
        patch::show(d, ui, &layer, &response, canvas, rect, shown, step);
    }
    clipped.rect_stroke(rect, radius, d.palette.hairline(), StrokeKind::Outside);

    navigate(d, ui, &response, canvas, rect, shown);
    if d.session.view.mode != Mode::Patch {
        place::show(d, ui, &response, rect, shown, step);
    }
    // Over a picture only while somebody is there, or it would hide what it is about.
    if d.session.view.mode == Mode::Picture
        && (ui.rect_contains_pointer(canvas) || ui.ctx().egui_is_using_pointer())
    {
        layout::show(d, &mut layer, rect);
    }
    framing_buttons(d, ui, canvas, shown, step);
}

/// Wheel and pinch zoom around the pointer, dragging moves, a double click fits.
fn navigate(
    d: &mut Drawing<'_>,
    ui: &Ui,
    response: &egui::Response,
    canvas: Rect,
    rect: Rect,
    shown: Shown<'_>,
) {
    if response.double_clicked() {
        d.send(ViewCommand::Frame(None));
        return;
    }
    let pixels = shown.painting.settings.width as f32 / ui.pixels_per_point();
    let scale = rect.width() / pixels;
    if let Some(pointer) = response.hover_pos() {
        let (wheel, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
        let factor = pinch * (wheel / 240.0).exp();
        if factor != 1.0 {
            let new = (scale * factor).clamp(*ZOOM.start(), *ZOOM.end());
            // The place under the pointer stays there.
            let moved = rect.center() + (pointer - rect.center()) * (1.0 - new / scale);
            d.send(ViewCommand::Frame(Some(framing_at(new, moved, canvas, rect.size() * (new / scale)))));
        }
    }
    if response.dragged() && response.drag_delta() != Vec2::ZERO {
        let center = rect.center() + response.drag_delta();
        d.send(ViewCommand::Frame(Some(framing_at(scale, center, canvas, rect.size()))));
    }
}

/// The framing of a picture of `size` with its middle at `center`: which of its places is in the middle of the canvas.
fn framing_at(scale: f32, center: egui::Pos2, canvas: Rect, size: Vec2) -> Framing {
    let offset = canvas.center() - center;
    let place = Place { x: 0.5 + offset.x / size.x.max(1.0), y: 0.5 + offset.y / size.y.max(1.0) };
    Framing { scale, center: Place { x: place.x.clamp(0.0, 1.0), y: place.y.clamp(0.0, 1.0) } }
}

/// Where the picture lies for a framing.
fn placed(framing: Framing, canvas: Rect, shown: Shown<'_>, ui: &Ui) -> Rect {
    let settings = &shown.painting.settings;
    let size = vec2(settings.width as f32, settings.height as f32) * framing.scale / ui.pixels_per_point();
    let offset = vec2(0.5 - framing.center.x, 0.5 - framing.center.y) * size;
    Rect::from_center_size(canvas.center() + offset, size)
}

fn framing_buttons(d: &mut Drawing<'_>, ui: &mut Ui, canvas: Rect, shown: Shown<'_>, step: usize) {
    let framing = d.session.view.framing;
    let size = vec2(200.0, 26.0);
    let rect = Align2::RIGHT_BOTTOM.anchor_size(canvas.right_bottom() - vec2(0.0, 4.0), size);
    let whole = fit(canvas.shrink2(vec2(0.0, GAP)), aspect(&shown.painting.settings));
    // Beside the picture when there is room, and over it only while the pointer is there.
    if rect.intersects(whole) && framing.is_none() && !ui.rect_contains_pointer(canvas) {
        return;
    }
    let can_decode = d.session.models.is_of_loaded(shown.painting)
        && !shown.is_finished_at(step)
        && shown.painting.steps.get(step).is_some_and(|step| step.checkpoint.is_some())
        && !d.session.queue.is_running(shown.painting.id);
    // Otherwise the pointer would reach the picture under the buttons too.
    let covered = rect.with_min_x(rect.right() - if can_decode { 188.0 } else { 110.0 });
    ui.interact(covered, ui.scope_id().with("under the buttons"), Sense::click_and_drag());
    let mut row = ui.new_child(
        egui::UiBuilder::new()
            .id_salt("framing")
            .max_rect(rect)
            .layout(egui::Layout::right_to_left(egui::Align::Center)),
    );
    row.spacing_mut().item_spacing.x = 6.0;
    let kind = |is_on| if is_on { ButtonKind::Chosen } else { ButtonKind::Outlined };
    let is_actual = framing.is_some_and(|framing| framing.scale == 1.0);
    let actual = button(&mut row, d.palette, vec2(60.0, 26.0), "100 %", "", kind(is_actual));
    if actual.on_hover_text("One pixel of the picture is one of the screen").clicked() {
        d.send(ViewCommand::Frame(Some(Framing { scale: 1.0, center: Place { x: 0.5, y: 0.5 } })));
    }
    let fitted = button(&mut row, d.palette, vec2(44.0, 26.0), "Fit", "", kind(framing.is_none()));
    if fitted.on_hover_text("The whole picture (double click)").clicked() {
        d.send(ViewCommand::Frame(None));
    }
    if can_decode {
        let is_on = d.session.view.decodes;
        let decoded = button(&mut row, d.palette, vec2(72.0, 26.0), "Decoded", "", kind(is_on));
        let tooltip = "Steps on the way are shown by a quick preview; this lets the VAE paint the clean picture that \
                       the model expected at the step";
        if decoded.on_hover_text(tooltip).clicked() {
            d.send(ViewCommand::Decodes(!is_on));
        }
    }
}

/// What to do while there is no picture.
fn empty(d: &mut Drawing<'_>, ui: &mut Ui, canvas: Rect) {
    let (model, run) = (d.session.models.status(), d.session.queue.running());
    let (title, text) = match (model, run) {
        (_, Some(_)) => ("Reading the prompt".to_owned(), "The first step comes in a moment".to_owned()),
        (ModelStatus::Loading { stage, .. }, None) => {
            (stage.clone(), "The prompt can be written meanwhile".to_owned())
        }
        (ModelStatus::Ready(_), None) => {
            ("Nothing painted yet".to_owned(), "Write a prompt and press Ctrl+Enter".to_owned())
        }
        (ModelStatus::Failed(_) | ModelStatus::None, None) => {
            ("No model is open".to_owned(), "Choose one at the top, beside the device".to_owned())
        }
    };
    let side = canvas.width().min(canvas.height()) - 2.0 * GAP;
    let paper = fit(
        Rect::from_center_size(canvas.center(), Vec2::splat(side.max(1.0))),
        aspect(d.session.draft.settings()),
    );
    ui.painter().rect(paper, theme::RADIUS, d.palette.background, d.palette.hairline(), StrokeKind::Inside);
    layout::show(d, ui, paper);
    let middle = paper.center();
    let font = fonts::semibold(15.0);
    ui.painter().text(middle - vec2(0.0, 12.0), Align2::CENTER_CENTER, title, font, d.palette.text);
    let line = Rect::from_center_size(pos2(middle.x, middle.y + 12.0), vec2(paper.width() - 24.0, 20.0));
    ui.put(line, egui::Label::new(small(text, d.palette.dim)));
    if let (ModelStatus::Loading { fraction: Some(share), .. }, None) = (model, run) {
        let bar = Rect::from_center_size(pos2(middle.x, middle.y + 40.0), vec2(180.0, 4.0));
        ui.painter().rect_filled(bar, 2.0, d.palette.line);
        let done = Rect::from_min_size(bar.min, vec2(bar.width() * share.clamp(0.0, 1.0), bar.height()));
        ui.painter().rect_filled(done, 2.0, d.palette.accent);
    }
}
