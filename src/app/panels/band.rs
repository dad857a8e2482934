//! When τ and the mask act, as bands over the steps whose ends can be dragged.

use egui::{
    Align2, Color32, CursorIcon, EventFilter, Key, Rangef, Rect, Role, Sense, Ui, WidgetInfo, lerp, pos2,
    remap_clamp, vec2,
};

use super::{
    super::{fonts, session::Command},
    Drawing,
};
use tauscope_core::attention::{Control, Span};

/// The height of all bands.
pub(super) const HEIGHT: f32 = 2.0 * ROW + GAP;
const ROW: f32 = 9.0;
const GAP: f32 = 2.0;
/// How far from an end a drag still takes it.
const REACH: f32 = 8.0;
/// One press of an arrow key.
const NUDGE: f32 = 0.01;

/// A control with a span.
struct Band {
    name: &'static str,
    what: &'static str,
    acts: bool,
    span: Span,
    moved: fn(Control, Span) -> Control,
}

/// Draws the bands over `x`, where 0 is the first step's place and 1 the last's.
pub(super) fn show(d: &mut Drawing<'_>, ui: &mut Ui, x: Rangef, top: f32) {
    let control = &d.session.draft.settings().control;
    let bands = [
        Band {
            name: "τ",
            what: "the temperature",
            acts: control.tau != 1.0,
            span: control.tau_span,
            moved: |control, tau_span| Control { tau_span, ..control },
        },
        Band {
            name: "mask",
            what: "the mask",
            acts: control.mask.strength > 0.0,
            span: control.mask.span,
            moved: |mut control, span| {
                control.mask.span = span;
                control
            },
        },
    ];
    for (row, band) in bands.iter().enumerate() {
        self::band(d, ui, x, top + row as f32 * (ROW + GAP), band);
    }
}

fn band(d: &mut Drawing<'_>, ui: &mut Ui, x: Rangef, top: f32, band: &Band) {
    let palette = d.palette;
    let span = band.span;
    let at = |progress: f32| lerp(x.min..=x.max, progress);
    let area = |from: f32, to: f32| Rect::from_min_max(pos2(from, top), pos2(to.max(from + 4.0), top + ROW));
    ui.painter().rect_filled(area(x.min, x.max), 3.0, palette.raised);
    let fill = if band.acts { palette.accent.gamma_multiply(0.55) } else { palette.line };
    let rect = area(at(span.start), at(span.end));
    ui.painter().rect_filled(rect, 3.0, fill);
    if rect.width() > 40.0 {
        let color = if band.acts { palette.text } else { palette.dim };
        let left = pos2(rect.left() + 7.0, rect.center().y);
        ui.painter().text(left, Align2::LEFT_CENTER, band.name, fonts::semibold(9.0), color);
    }
    let start = |value: f32| Span { start: value.min(span.end), ..span };
    let end = |value: f32| Span { end: value.max(span.start), ..span };
    handle(d, ui, x, rect.left_center(), "Start", band, start);
    handle(d, ui, x, rect.right_center(), "End", band, end);
}

fn handle(
    d: &mut Drawing<'_>,
    ui: &mut Ui,
    x: Rangef,
    at: egui::Pos2,
    side: &str,
    band: &Band,
    moved: impl FnOnce(f32) -> Span,
) {
    let name = format!("{side} of {}", band.name);
    let rect = Rect::from_center_size(at, vec2(2.0 * REACH, ROW + GAP));
    let response = ui.interact(rect, ui.scope_id().with(&name), Sense::click_and_drag());
    let value = remap_clamp(at.x, x.min..=x.max, 0.0..=1.0);
    response.widget_info(|| WidgetInfo {
        role: Role::Slider,
        ..WidgetInfo::slider(true, f64::from(value), &name)
    });
    let is_hot = response.hovered() || response.dragged() || response.has_focus();
    let color = if is_hot { d.palette.accent } else { Color32::TRANSPARENT };
    ui.painter().rect_filled(Rect::from_center_size(at, vec2(4.0, ROW + 3.0)), 2.0, color);
    let mut new = None;
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged()) {
        new = Some(remap_clamp(pointer.x, x.min..=x.max, 0.0..=1.0));
    } else if response.has_focus() {
        let arrows = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
        let presses = ui.input(|input| {
            input.num_presses(Key::ArrowRight) as f32 - input.num_presses(Key::ArrowLeft) as f32
        });
        new = (presses != 0.0).then_some((value + presses * NUDGE).clamp(0.0, 1.0));
    }
    let is_nudged = new.is_some() && !response.dragged();
    if let Some(progress) = new {
        let span = moved((progress * 100.0).round() / 100.0);
        d.send(Command::Steer(Box::new((band.moved)(d.session.draft.settings().control.clone(), span))));
    }
    if response.drag_stopped() || is_nudged {
        d.send(Command::SteeringSettled);
    }
    response
        .on_hover_and_drag_cursor(CursorIcon::ResizeHorizontal)
        .on_hover_text(format!("Drag: {} acts from the start to the end of this band", band.what));
}
