//! Two or three choices side by side, one of them chosen.

use egui::{Align2, CornerRadius, Rect, Role, Sense, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::super::{fonts, theme, theme::Palette};

/// Shows `choices` with the one at `chosen`; gives another that was clicked.
pub(in super::super) fn segmented(
    ui: &mut Ui,
    palette: &Palette,
    choices: &[(&str, &str)],
    chosen: usize,
) -> Option<usize> {
    const HEIGHT: f32 = 28.0;
    const PADDING: f32 = 18.0;
    let galleys: Vec<_> = choices
        .iter()
        .map(|(text, _)| {
            ui.painter().layout_no_wrap((*text).to_owned(), fonts::regular(theme::BODY), palette.text)
        })
        .collect();
    let width: f32 = galleys.iter().map(|galley| galley.size().x + PADDING).sum();
    let (rect, _) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::hover());
    let radius = CornerRadius::same(theme::RADIUS);
    ui.painter().rect(rect, radius, palette.panel, palette.hairline(), StrokeKind::Inside);
    let mut left = rect.left();
    let mut clicked = None;
    for (index, (galley, (text, tooltip))) in galleys.into_iter().zip(choices).enumerate() {
        let cell = Rect::from_min_size(pos2(left, rect.top()), vec2(galley.size().x + PADDING, HEIGHT));
        left = cell.right();
        let id = ui.scope_id().with(("segment", *text));
        let response = ui.interact(cell, id, Sense::click());
        let is_chosen = index == chosen;
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), is_chosen, text));
        if is_chosen {
            ui.painter().rect(
                cell.shrink(2.0),
                CornerRadius::same(theme::SMALL_RADIUS),
                palette.hovered,
                palette.hairline(),
                StrokeKind::Inside,
            );
        }
        if response.has_focus() {
            ui.painter().rect_stroke(cell, radius, palette.ring(), StrokeKind::Inside);
        }
        let color = if is_chosen || response.hovered() { palette.text } else { palette.dim };
        let at = Align2::CENTER_CENTER.anchor_size(cell.center(), galley.size()).min;
        ui.painter().galley_with_override_text_color(at, galley, color);
        if response.on_hover_text(*tooltip).clicked() && !is_chosen {
            clicked = Some(index);
        }
    }
    clicked
}
