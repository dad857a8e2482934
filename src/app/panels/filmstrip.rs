//! The steps as a filmstrip with the chosen word's maps under it: click or drag to go back and forth.

use egui::{Align2, Rangef, Rect, Role, Sense, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::{
    super::{
        fonts,
        reading::Part,
        session::{Command, Shown, ViewCommand},
        theme::{self, GAP, MARGIN},
        widgets::{ButtonKind, button, fit, picture, small},
    },
    Drawing, aspect, band, child, decided,
};

/// The width of the buttons before the strip.
const BUTTONS: f32 = 116.0;
/// The height of the bands and of the marks above the frames.
const ABOVE: f32 = band::HEIGHT + 4.0 + decided::HEIGHT + 1.0;
/// The height of the step's number.
const NUMBER: f32 = 18.0;

pub(super) fn show(d: &mut Drawing<'_>, ui: &mut Ui) {
    let rect = ui.max_rect();
    ui.painter().hline(rect.x_range(), rect.top() + 0.5, d.palette.hairline());
    let inner = rect.shrink2(vec2(MARGIN + 2.0, 0.0));
    let left = Rect::from_min_size(inner.min, vec2(BUTTONS, inner.height()));
    let mut column = child(ui, left, "filmstrip buttons");
    buttons(d, &mut column);
    let strip = Rect::from_min_max(pos2(left.right() + MARGIN, inner.top()), inner.max);
    frames(d, ui, strip);
}

fn buttons(d: &mut Drawing<'_>, ui: &mut Ui) {
    let view = &d.session.view;
    let has_steps = d.shown().is_some();
    let top = if ui.max_rect().height() < 150.0 { 18.0 } else { 32.0 };
    ui.add_space(top);
    ui.spacing_mut().item_spacing.y = GAP;
    let size = vec2((BUTTONS - GAP) / 2.0, 28.0);
    ui.add_enabled_ui(has_steps, |ui| {
        ui.horizontal(|ui| {
            let (text, kind) =
                if view.playing { ("Pause", ButtonKind::Chosen) } else { ("Play", ButtonKind::Outlined) };
            if button(ui, d.palette, size, text, "", kind).on_hover_text("Plays the steps (Space)").clicked()
            {
                d.send(ViewCommand::Play(!view.playing));
            }
            let kind = if view.step.is_none() { ButtonKind::Chosen } else { ButtonKind::Outlined };
            if button(ui, d.palette, size, "Follow", "", kind)
                .on_hover_text("Always shows the newest step")
                .clicked()
            {
                d.send(ViewCommand::Follow);
            }
        })
    });
    branch(d, ui);
    if let Some((shown, _)) = d.shown()
        && let Some(&part) = view.selected.first()
    {
        let name = shown.words.name_of(part);
        let text = if view.selected.len() > 1 { format!("{name} and others") } else { name.into_owned() };
        ui.spacing_mut().item_spacing.y = 1.0;
        ui.add(egui::Label::new(small(text, d.palette.dim)).truncate());
    }
}

/// Goes on from before the step that is shown.
fn branch(d: &mut Drawing<'_>, ui: &mut Ui) {
    let shown = d.shown();
    let from =
        shown.filter(|(shown, step)| d.session.can_branch(shown.painting, *step)).map(|(_, step)| step);
    ui.add_enabled_ui(from.is_some(), |ui| {
        let text = from.map_or_else(|| "Branch".to_owned(), |step| format!("Branch at {}", step + 1));
        let response = button(ui, d.palette, vec2(BUTTONS, 28.0), &text, "", ButtonKind::Outlined);
        let tooltip =
            "Paints anew from this step on, with the settings as they are now; what lies before stays";
        let cannot =
            "Choose a step after the first, of a picture whose latents are kept and whose model is open";
        if let (true, Some(step)) =
            (response.on_hover_text(tooltip).on_disabled_hover_text(cannot).clicked(), from)
        {
            d.send(Command::Branch(step));
        }
    });
}

/// The steps that get a column: evenly spread, the first, the last and the current one among them.
fn columns(total: usize, room: usize, current: Option<usize>) -> Vec<usize> {
    let count = room.clamp(1, total.max(1));
    let spread = |i: usize| if count == 1 { 0 } else { (i * (total - 1) + (count - 1) / 2) / (count - 1) };
    let mut steps: Vec<_> = (0..count.min(total)).map(spread).collect();
    if let Some(current) = current.filter(|&current| current < total && !steps.contains(&current)) {
        // The ends stay, unless there is nothing between them.
        let inner = if count > 2 { 1..count - 1 } else { 0..count };
        if let Some(nearest) = steps[inner].iter_mut().min_by_key(|step| step.abs_diff(current)) {
            *nearest = current;
        }
    }
    steps
}

/// The place of a step among the columns of `steps`: the reverse of [`step_at`].
fn column_of(step: usize, steps: &[usize]) -> f32 {
    let after = steps.partition_point(|&column| column <= step);
    let (Some(before), to) = (after.checked_sub(1), steps.get(after)) else { return 0.0 };
    let share = to.map_or(0.0, |to| (step - steps[before]) as f32 / (to - steps[before]) as f32);
    before as f32 + share
}

/// The step at a place among the columns of `steps`, 0 being the middle of the first column and 1 that of the second.
/// Columns need not be evenly spread over the steps.
fn step_at(column: f32, steps: &[usize]) -> usize {
    let column = column.clamp(0.0, steps.len().saturating_sub(1) as f32);
    let before = column as usize;
    let (Some(&from), to) = (steps.get(before), steps.get(before + 1)) else { return 0 };
    let to = *to.unwrap_or(&from);
    egui::lerp(from as f32..=to as f32, column.fract()).round() as usize
}

fn frames(d: &mut Drawing<'_>, ui: &mut Ui, strip: Rect) {
    let shown = d.shown();
    let draft = d.session.draft.settings();
    let total = shown.map_or(draft.steps, |(shown, _)| shown.painting.settings.steps);
    let ratio = aspect(shown.map_or(draft, |(shown, _)| &shown.painting.settings));
    let top = strip.top() + 10.0;
    let height = ((strip.bottom() - NUMBER - 4.0 - (top + ABOVE) - 4.0) / 2.0).floor();
    let cell = vec2((height * ratio).clamp(24.0, 120.0), height);
    let room = ((strip.width() + GAP) / (cell.x + 14.0)) as usize;
    let steps = columns(total, room, shown.map(|(_, step)| step));
    let pitch = strip.width() / steps.len().max(1) as f32;
    let center = |index: usize| strip.left() + (index as f32 + 0.5) * pitch;
    let span = Rangef::new(center(0), center(steps.len().saturating_sub(1)));
    if span.span() > 0.0 {
        // The band reaches from the first column's left edge to the last one's right.
        let half = cell.x / 2.0;
        band::show(d, ui, Rangef::new(span.min - half, span.max + half), top);
    }
    let row = top + ABOVE;
    if let Some((shown, _)) = shown {
        let place = |step| strip.left() + (column_of(step, &steps) + 0.5) * pitch;
        let marks = Rect::from_min_max(
            pos2(center(0) - cell.x / 2.0, row - decided::HEIGHT - 1.0),
            pos2(strip.right(), row - 1.0),
        );
        decided::show(d, ui, shown, place, marks);
    }
    let area = Rect::from_min_max(pos2(strip.left(), row), strip.max);
    if let Some((shown, current)) = shown {
        scrub(d, ui, area, &|x| step_at((x - center(0)) / pitch, &steps), shown, current);
    }
    let word = d.session.view.selected.first().copied();
    let max = shown.zip(word).map_or(0.0, |((shown, _), word)| hottest(d, shown, word, &steps));
    for (index, &step) in steps.iter().enumerate() {
        let upper = Rect::from_min_size(pos2(center(index) - cell.x / 2.0, row), cell);
        let lower = upper.translate(vec2(0.0, cell.y + 4.0));
        let is_current = shown.is_some_and(|(_, current)| current == step);
        for frame in [upper, lower] {
            ui.painter().rect_filled(fit(frame, ratio), 4.0, d.palette.raised);
        }
        if let Some((shown, _)) = shown.filter(|(shown, _)| step < shown.painting.steps.len()) {
            if let Some(texture) = d.preview_of(ui, shown.painting, step) {
                picture(ui, texture, fit(upper, ratio), 4, 1.0);
            }
            if let Some(word) = word {
                map(d, ui, shown, step, word, max, fit(lower, ratio));
            }
        }
        let color = if is_current { d.palette.text } else { d.palette.dim };
        let number = pos2(center(index), lower.bottom() + 4.0 + NUMBER / 2.0 - 1.0);
        let font = if is_current { fonts::semibold(theme::SMALL) } else { fonts::regular(theme::SMALL) };
        ui.painter().text(number, Align2::CENTER_CENTER, step + 1, font, color);
        if is_current {
            let around = fit(upper, ratio).union(fit(lower, ratio)).expand(2.5);
            ui.painter().rect_stroke(around, 6.0, d.palette.ring(), StrokeKind::Middle);
        }
    }
}

/// The hottest value of a word over the steps that are shown, so that they can be compared.
fn hottest(d: &mut Drawing<'_>, shown: Shown<'_>, word: Part, steps: &[usize]) -> f32 {
    let view = &d.session.view;
    let mut max = 0.0_f32;
    for &step in steps {
        if let Some(maps) = d.maps.step_within(shown, &view.layers, view.time, step) {
            max = max.max(d.max_of(shown, &maps, word));
        }
    }
    max
}

fn map(d: &mut Drawing<'_>, ui: &Ui, shown: Shown<'_>, step: usize, word: Part, max: f32, rect: Rect) {
    let view = &d.session.view;
    let Some(maps) = d.maps.step_within(shown, &view.layers, view.time, step) else { return };
    if let Some(texture) = d.heat(ui, shown, word, &maps, max) {
        picture(ui, texture, rect, 4, 1.0);
    }
}

/// A click or a drag anywhere over the frames shows the step under the pointer.
fn scrub(
    d: &mut Drawing<'_>,
    ui: &Ui,
    area: Rect,
    step_at: &dyn Fn(f32) -> usize,
    shown: Shown<'_>,
    current: usize,
) {
    let response = ui.interact(area, ui.scope_id().with("scrub"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo {
        role: Role::Slider,
        ..WidgetInfo::slider(true, (current + 1) as f64, "Step")
    });
    if let Some(pointer) = response.interact_pointer_pos()
        && (response.clicked() || response.dragged())
    {
        let step = step_at(pointer.x).min(shown.painting.steps.len().saturating_sub(1));
        if step != current || d.session.view.step.is_none() {
            d.send(ViewCommand::Step(step));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A click on a column showed another step than the column's.
    #[test]
    fn a_column_is_its_step() {
        fn check(column: f32, expected: usize) {
            let steps = [0, 7, 12, 24];
            assert_eq!(step_at(column, &steps), expected);
            assert_eq!(step_at(column_of(expected, &steps), &steps), expected);
        }
        check(-3.0, 0);
        check(1.0, 7);
        check(1.4, 9);
        check(3.0, 24);
        check(9.0, 24);
    }

    #[test]
    fn columns_hold_the_first_the_last_and_the_current_step() {
        fn check(total: usize, room: usize, current: Option<usize>, expected: &[usize]) {
            assert_eq!(columns(total, room, current), expected);
        }
        check(25, 13, None, &[0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24]);
        check(25, 5, Some(7), &[0, 7, 12, 18, 24]);
        check(4, 10, Some(3), &[0, 1, 2, 3]);
        check(25, 5, Some(1), &[0, 1, 12, 18, 24]);
        check(25, 5, Some(23), &[0, 6, 12, 23, 24]);
        check(1, 10, Some(0), &[0]);
        check(25, 1, Some(9), &[9]);
    }
}
