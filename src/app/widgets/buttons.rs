//! Buttons: plain, outlined, filled, round.

use egui::{Align2, CornerRadius, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, vec2};

use super::super::{fonts, theme, theme::Palette};

/// How prominent a button is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum ButtonKind {
    /// The one that the window is for.
    Filled,
    /// Any other.
    Outlined,
    /// Any other, and it is switched on.
    Chosen,
}

/// A button of this size, with the key that does the same in dim letters.
pub(in super::super) fn button(
    ui: &mut Ui,
    palette: &Palette,
    size: Vec2,
    text: &str,
    key: &str,
    kind: ButtonKind,
) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let is_enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Button, is_enabled, kind == ButtonKind::Chosen, text));
    let is_hot = response.hovered() || response.has_focus();
    let (fill, text_color, key_color, stroke) = match kind {
        ButtonKind::Filled if !is_enabled => (palette.raised, palette.dim, palette.dim, palette.hairline()),
        ButtonKind::Filled => {
            let fill = if is_hot { palette.accent.lerp_to_gamma(palette.text, 0.12) } else { palette.accent };
            (fill, palette.on_accent, palette.on_accent, Stroke::NONE)
        }
        ButtonKind::Outlined | ButtonKind::Chosen => {
            let fill = if is_hot { palette.hovered } else { palette.raised };
            let stroke = if kind == ButtonKind::Chosen {
                Stroke::new(1.0, palette.accent)
            } else {
                palette.hairline()
            };
            (fill, palette.text, palette.dim, stroke)
        }
    };
    let painter = ui.painter();
    painter.rect(rect, CornerRadius::same(theme::RADIUS), fill, stroke, StrokeKind::Inside);
    if response.has_focus() {
        painter.rect_stroke(rect, CornerRadius::same(theme::RADIUS), palette.ring(), StrokeKind::Outside);
    }
    let is_main = size.y >= 36.0;
    let font = if is_main { fonts::semibold(14.0) } else { fonts::regular(theme::BODY) };
    let text = painter.layout_no_wrap(text.to_owned(), font, text_color);
    let gap = if key.is_empty() { 0.0 } else { 10.0 };
    let key = painter.layout_no_wrap(key.to_owned(), fonts::regular(theme::SMALL), key_color);
    let left = rect.center().x - (text.size().x + gap + key.size().x) / 2.0;
    let at = |galley: &egui::Galley, x: f32| {
        Align2::LEFT_CENTER.anchor_size(egui::pos2(x, rect.center().y), galley.size()).min
    };
    let (text_at, key_at) = (at(&text, left), at(&key, left + text.size().x + gap));
    painter.galley(text_at, text, text_color);
    painter.galley(key_at, key, key_color);
    response
}

/// A chip with text in parts, each in its colour, and perhaps a dot before and a chevron behind.
pub(in super::super) fn chip(
    ui: &mut Ui,
    palette: &Palette,
    name: &str,
    parts: &[(&str, egui::Color32)],
    dot: Option<egui::Color32>,
    opens: bool,
) -> Response {
    let mut job = egui::text::LayoutJob::default();
    for &(text, color) in parts {
        job.append(text, 0.0, egui::TextFormat::simple(fonts::regular(theme::BODY), color));
    }
    job.wrap = egui::text::TextWrapping::truncate_at_width(320.0);
    let galley = ui.painter().layout_job(job);
    let before = if dot.is_some() { 16.0 } else { 0.0 };
    let behind = if opens { 14.0 } else { 0.0 };
    let size = vec2(10.0 + before + galley.size().x + behind + 10.0, 30.0);
    let sense = if opens { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(size, sense);
    response.widget_info(|| {
        WidgetInfo::labeled(if opens { Role::Button } else { Role::Label }, ui.is_enabled(), name)
    });
    let fill = if opens && response.hovered() { palette.hovered } else { palette.panel };
    let stroke = if response.has_focus() { palette.ring() } else { palette.hairline() };
    ui.painter().rect(rect, CornerRadius::same(theme::RADIUS), fill, stroke, StrokeKind::Inside);
    let middle = rect.center().y;
    if let Some(color) = dot {
        ui.painter().circle_filled(egui::pos2(rect.left() + 14.0, middle), 3.5, color);
    }
    let at = egui::pos2(rect.left() + 10.0 + before, middle - galley.size().y / 2.0);
    ui.painter().galley(at, galley, palette.text);
    if opens {
        super::chevron(ui, egui::pos2(rect.right() - 14.0, middle), palette.dim);
    }
    response
}

/// A square button; the caller paints its sign.
pub(in super::super) fn icon_button(ui: &mut Ui, palette: &Palette, name: &str, side: f32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
    let fill = if response.hovered() { palette.hovered } else { palette.panel };
    let stroke = if response.has_focus() { palette.ring() } else { palette.hairline() };
    ui.painter().rect(rect, CornerRadius::same(theme::RADIUS), fill, stroke, StrokeKind::Inside);
    response
}

/// Three dots that open what is changed rarely.
pub(in super::super) fn dots(ui: &mut Ui, palette: &Palette, label: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(20.0, 20.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, label));
    let color = if response.hovered() || response.has_focus() { palette.text } else { palette.dim };
    for offset in [-5.0, 0.0, 5.0] {
        ui.painter().circle_filled(rect.center() + vec2(offset, 0.0), 1.5, color);
    }
    response
}
