//! A box with a small label above its value.

use egui::{
    Align, CornerRadius, DragValue, Layout, Rect, Response, Sense, StrokeKind, Ui, UiBuilder, Vec2, vec2,
};

use super::{
    super::{fonts, theme, theme::Palette},
    small,
};

/// All fields of a row are as high.
pub(in super::super) const FIELD_HEIGHT: f32 = 48.0;

/// A box of this size; inputs that `add` makes are named by the label.
pub(in super::super) fn field<R>(
    ui: &mut Ui,
    palette: &Palette,
    size: Vec2,
    label: &str,
    add: impl FnOnce(&mut Ui) -> R,
) -> (R, Rect) {
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect(
        rect,
        CornerRadius::same(theme::RADIUS),
        palette.raised,
        palette.hairline(),
        StrokeKind::Inside,
    );
    let inner = rect.shrink2(vec2(9.0, 7.0));
    let mut child =
        ui.new_child(UiBuilder::new().id_salt(label).max_rect(inner).layout(Layout::top_down(Align::Min)));
    child.spacing_mut().item_spacing.y = 1.0;
    let caption = child.label(small(label, palette.dim));
    let result = child.label_inputs_by(caption.id, add);
    (result, rect)
}

/// A number without a box of its own, shown as `text`: dragged, stepped or typed.
pub(in super::super) fn number(ui: &mut Ui, text: &str, value: DragValue<'_>) -> Response {
    let font = fonts::regular(theme::BODY);
    let shown = ui.painter().layout_no_wrap(text.to_owned(), font, egui::Color32::PLACEHOLDER).size().x;
    let most = ui.available_width();
    ui.scope(|ui| {
        ui.spacing_mut().button_padding = vec2(0.0, 0.0);
        // As wide as its text, so that it stands at the left; wider while it is typed.
        let is_typed = ui.memory(|memory| memory.focused().is_some_and(|id| id == ui.next_auto_id()));
        let width = if is_typed { shown.max(56.0).min(most) } else { shown };
        ui.spacing_mut().interact_size = vec2(width, 18.0);
        let widgets = &mut ui.visuals_mut().widgets;
        for look in [&mut widgets.inactive, &mut widgets.hovered, &mut widgets.active] {
            look.bg_stroke = egui::Stroke::NONE;
            look.weak_bg_fill = egui::Color32::TRANSPARENT;
            look.bg_fill = egui::Color32::TRANSPARENT;
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| ui.add(value)).inner
    })
    .inner
}
