//! The two weight curves as a plot whose points can be dragged: a double click makes a point or takes one away.

use egui::{
    Align2, Color32, CornerRadius, CursorIcon, EventFilter, Key, Pos2, Rect, Response, Role, Sense, Shape,
    Stroke, StrokeKind, Ui, WidgetInfo, pos2, remap_clamp, vec2,
};

use super::{
    super::{
        fonts,
        theme::{self, Palette},
    },
    Drawing,
};
use tauscope_core::attention::{Control, Curve, CurvePoint, Trend, Weights};

const HEIGHT: f32 = 84.0;
/// The largest weight that is drawn; points above it lie at the upper edge.
const HIGHEST: f32 = 2.0;
/// How far from a point a click still takes it.
const REACH: f32 = 8.0;
/// One press of an arrow key, in progress and in weight.
const NUDGE: f32 = 0.02;

/// Draws the curves; gives the changed ones, and whether they were let go.
pub(super) fn show(d: &mut Drawing<'_>, ui: &mut Ui, weights: &Weights) -> (Option<Weights>, bool) {
    let palette = d.palette;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::click());
    response.widget_info(|| {
        WidgetInfo::labeled(Role::Image, true, "Weights of scene and entity words over time")
    });
    let radius = CornerRadius::same(theme::RADIUS);
    ui.painter().rect(rect, radius, palette.raised, palette.hairline(), StrokeKind::Inside);
    let plot = Plot(rect.shrink2(vec2(12.0, 9.0)));
    let neutral = plot.at(CurvePoint { progress: 0.0, weight: 1.0 }).y;
    ui.painter().hline(plot.0.x_range(), neutral, palette.hairline());
    if let Some((shown, step)) = d.shown() {
        let progress = Control::progress(step, shown.painting.settings.steps);
        let x = plot.at(CurvePoint { progress, weight: 1.0 }).x;
        ui.painter().vline(x, plot.0.y_range(), Stroke::new(1.0, palette.accent));
    }

    let mut changed = None;
    let mut settled = false;
    let curves =
        [(&weights.global, Trend::Falling, "scene words"), (&weights.entity, Trend::Rising, "entity words")];
    for (curve, trend, name) in curves {
        let color = if trend == Trend::Falling { palette.dim } else { palette.text };
        line(ui, &plot, curve, trend, color);
        let new = points(ui, palette, &plot, curve, trend, name, color, &mut settled);
        let new = new.or_else(|| added(&response, &plot, curve, weights));
        if let Some(new) = new {
            settled |= response.double_clicked();
            let mut weights = weights.clone();
            *(if trend == Trend::Falling { &mut weights.global } else { &mut weights.entity }) = new;
            changed = Some(weights);
        }
        label(ui, &plot, curve, name, trend, color);
    }
    let tooltip = "Drag a point; a double click on a curve adds one, on a point takes it away";
    response.on_hover_text(tooltip);
    (changed, settled)
}

/// Where weights and progress lie on the screen.
struct Plot(Rect);

impl Plot {
    fn at(&self, point: CurvePoint) -> Pos2 {
        let x = egui::lerp(self.0.x_range().min..=self.0.x_range().max, point.progress);
        pos2(x, remap_clamp(point.weight, 0.0..=HIGHEST, self.0.bottom()..=self.0.top()))
    }

    fn point(&self, at: Pos2) -> CurvePoint {
        CurvePoint {
            progress: remap_clamp(at.x, self.0.left()..=self.0.right(), 0.0..=1.0),
            weight: remap_clamp(at.y, self.0.top()..=self.0.bottom(), HIGHEST..=0.0),
        }
    }

    fn of(&self, curve: &Curve, progress: f32) -> Pos2 {
        self.at(CurvePoint { progress, weight: curve.at(progress) })
    }
}

/// The entities' curve solid, the scene's dashed.
fn line(ui: &Ui, plot: &Plot, curve: &Curve, trend: Trend, color: Color32) {
    let path: Vec<_> = (0..=64).map(|i| plot.of(curve, i as f32 / 64.0)).collect();
    let stroke = Stroke::new(1.6, color);
    if trend == Trend::Falling {
        ui.painter().extend(Shape::dashed_line(&path, stroke, 5.0, 4.0));
    } else {
        ui.painter().add(Shape::line(path, stroke));
    }
}

/// The points of a curve: dragged, moved by arrow keys, taken away by a double click.
#[expect(clippy::too_many_arguments, reason = "a curve is drawn from its place, its name and its look")]
fn points(
    ui: &Ui,
    palette: &Palette,
    plot: &Plot,
    curve: &Curve,
    trend: Trend,
    name: &str,
    color: Color32,
    settled: &mut bool,
) -> Option<Curve> {
    let mut changed = None;
    for (index, &point) in curve.points().iter().enumerate() {
        let at = plot.at(point);
        let id = ui.scope_id().with((name, index));
        let response = ui.interact(
            Rect::from_center_size(at, egui::Vec2::splat(2.0 * REACH)),
            id,
            Sense::click_and_drag(),
        );
        response.widget_info(|| WidgetInfo {
            role: Role::Slider,
            ..WidgetInfo::slider(
                true,
                f64::from(point.weight),
                format!("Weight of {name}, point {}", index + 1),
            )
        });
        let is_hot = response.hovered() || response.dragged() || response.has_focus();
        let stroke = Stroke::new(if is_hot { 2.0 } else { 1.5 }, if is_hot { palette.accent } else { color });
        ui.painter().circle(at, 4.0, palette.raised, stroke);
        *settled |= response.drag_stopped();
        if response.double_clicked() {
            changed = Some(curve.without_point(index));
            *settled = true;
        } else if let Some(to) = moved(ui, plot, &response, point) {
            changed = Some(curve.moved(index, to, trend));
            *settled |= !response.dragged();
        }
        response.on_hover_and_drag_cursor(CursorIcon::Grab);
    }
    changed.filter(|changed| changed != curve)
}

/// Where a point was dragged or nudged to.
fn moved(ui: &Ui, plot: &Plot, response: &Response, point: CurvePoint) -> Option<CurvePoint> {
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged()) {
        return Some(plot.point(pointer));
    }
    if !response.has_focus() {
        return None;
    }
    ui.memory_mut(|memory| {
        let arrows = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        memory.set_focus_lock_filter(response.id, arrows);
    });
    let presses = |more, less| {
        ui.input(|input| input.num_presses(more) as f32 - input.num_presses(less) as f32) * NUDGE
    };
    let (right, up) = (presses(Key::ArrowRight, Key::ArrowLeft), presses(Key::ArrowUp, Key::ArrowDown));
    (right != 0.0 || up != 0.0)
        .then_some(CurvePoint { progress: point.progress + right, weight: point.weight + up })
}

/// A double click beside the points puts one on the nearer curve.
fn added(response: &Response, plot: &Plot, curve: &Curve, weights: &Weights) -> Option<Curve> {
    let pointer = response.interact_pointer_pos().filter(|_| response.double_clicked())?;
    let progress = plot.point(pointer).progress;
    let distance = |curve: &Curve| (plot.of(curve, progress).y - pointer.y).abs();
    let other = if curve == &weights.global { &weights.entity } else { &weights.global };
    (distance(curve) < distance(other)).then(|| curve.with_point(progress).0)
}

/// A curve's name near its end, on the side where the other one is not.
fn label(ui: &Ui, plot: &Plot, curve: &Curve, name: &str, trend: Trend, color: Color32) {
    let end = plot.of(curve, 0.93);
    let (align, offset) = match trend {
        Trend::Rising => (Align2::RIGHT_BOTTOM, -6.0),
        Trend::Falling => (Align2::RIGHT_TOP, 6.0),
    };
    let at = pos2(end.x, (end.y + offset).clamp(plot.0.top(), plot.0.bottom()));
    ui.painter().text(at, align, name, fonts::regular(10.5), color);
}
