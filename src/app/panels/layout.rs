//! The draft's layout over the picture: whose each part of it will be, with borders that can be dragged.
//!
//! It is there before and after painting, while the mask goes by words or by a layout. What this is not: regions of any
//! shape, or what attention decides on the way (the mode Entities shows that).

use egui::{CursorIcon, Rect, Sense, Stroke, Ui, pos2, vec2};

use super::{super::session::Command, Drawing, entities::paint_badge};
use tauscope_core::{
    attention::{Control, Layout, MASK_STRENGTH, Mask, MaskRegions},
    prompt::layout_of_words,
};

/// How far from a border it can be taken.
const REACH: f32 = 5.0;
const BADGE: f32 = 16.0;
/// The least part of two neighbours that a border leaves to one of them.
const LEAST_PART: f32 = 0.1;

/// The layout that the draft's mask will go by, if it goes by one and has entities to keep apart.
fn of_draft(d: &Drawing<'_>) -> Option<Layout> {
    let settings = d.session.draft.settings();
    let mask = &settings.control.mask;
    if mask.strength == MASK_STRENGTH.neutral || settings.entities.list.len() < 2 {
        return None;
    }
    match &mask.regions {
        MaskRegions::Layout(layout) if layout.is_of(settings.entities.list.len()) => Some(layout.clone()),
        MaskRegions::Layout(_) | MaskRegions::Words => layout_of_words(&settings.prompt, &settings.entities),
        MaskRegions::Patches | MaskRegions::Attention | MaskRegions::Drawn(_) => None,
    }
}

/// Draws it over the picture that lies at `rect`.
pub(super) fn show(d: &mut Drawing<'_>, ui: &mut Ui, rect: Rect) {
    let Some(layout) = of_draft(d) else { return };
    let at = |x: f32, y: f32| pos2(rect.left() + x * rect.width(), rect.top() + y * rect.height());
    for area in layout.areas() {
        let place =
            Rect::from_min_max(at(area.columns.start, area.rows.start), at(area.columns.end, area.rows.end));
        let stroke = Stroke::new(1.5, d.palette.entity(area.entity));
        ui.painter().rect_stroke(place.shrink(1.0), 2.0, stroke, egui::StrokeKind::Inside);
        let badge = Rect::from_min_size(place.min + vec2(6.0, 6.0), vec2(BADGE, BADGE));
        paint_badge(ui, d.palette, Some(area.entity), badge);
    }
    let mut top = 0.0;
    let total: f32 = layout.rows.iter().map(|row| row.share).sum();
    for (index, row) in layout.rows.iter().enumerate() {
        let bottom = top + row.share / total;
        let width: f32 = row.cells.iter().map(|cell| cell.share).sum();
        let mut left = 0.0;
        for (column, cells) in row.cells.windows(2).enumerate() {
            left += cells[0].share / width;
            let line = Rect::from_min_max(at(left, top), at(left, bottom)).expand2(vec2(REACH, 0.0));
            let to = |pointer: egui::Pos2| (pointer.x - rect.left()) / rect.width();
            border(
                d,
                ui,
                line,
                ("column", index, column),
                CursorIcon::ResizeHorizontal,
                &layout,
                |layout, at| {
                    let cells = &mut layout.rows[index].cells;
                    let start = left - cells[column].share / width;
                    let both = (cells[column].share + cells[column + 1].share) / width;
                    let part = part(to(at), start, both);
                    let shares = cells[column].share + cells[column + 1].share;
                    cells[column].share = shares * part;
                    cells[column + 1].share = shares * (1.0 - part);
                },
            );
        }
        if index + 1 < layout.rows.len() {
            let line = Rect::from_min_max(at(0.0, bottom), at(1.0, bottom)).expand2(vec2(0.0, REACH));
            let to = |pointer: egui::Pos2| (pointer.y - rect.top()) / rect.height();
            border(d, ui, line, ("row", index, 0), CursorIcon::ResizeVertical, &layout, |layout, at| {
                let shares = layout.rows[index].share + layout.rows[index + 1].share;
                let part = part(to(at), top, shares / total);
                layout.rows[index].share = shares * part;
                layout.rows[index + 1].share = shares * (1.0 - part);
            });
        }
        top = bottom;
    }
}

/// The part of two neighbours, from `start` on and `both` long, that lies before `at`.
fn part(at: f32, start: f32, both: f32) -> f32 {
    ((at - start) / both).clamp(LEAST_PART, 1.0 - LEAST_PART)
}

/// A border that can be dragged; `moved` puts it where the pointer is.
fn border(
    d: &mut Drawing<'_>,
    ui: &mut Ui,
    line: Rect,
    name: (&str, usize, usize),
    cursor: CursorIcon,
    layout: &Layout,
    moved: impl FnOnce(&mut Layout, egui::Pos2),
) {
    let response = ui.interact(line, ui.scope_id().with(("border", name)), Sense::drag());
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged()) {
        let mut layout = layout.clone();
        moved(&mut layout, pointer);
        let control = d.session.draft.settings().control.clone();
        let mask = Mask { regions: MaskRegions::Layout(layout), ..control.mask };
        d.send(Command::Steer(Box::new(Control { mask, ..control })));
    }
    if response.drag_stopped() {
        d.send(Command::SteeringSettled);
    }
    if response.hovered() || response.dragged() {
        ui.painter().rect_filled(line, 2.0, d.palette.accent.gamma_multiply(0.35));
    }
    response
        .on_hover_and_drag_cursor(cursor)
        .on_hover_text("Drag: each entity is painted in its part of the picture");
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn a_border_leaves_room_on_both_sides() {
        fn check(at: f32, expected: f32) {
            assert!((part(at, 0.2, 0.4) - expected).abs() < 1e-6, "{}", part(at, 0.2, 0.4));
        }
        check(0.4, 0.5);
        check(0.3, 0.25);
        check(-1.0, 0.1);
        check(0.59, 0.9);
    }
}
