//! Words as tiles: each with its map, its key and its name.

use std::sync::Arc;

use egui::{
    Align, Align2, Color32, CornerRadius, Layout, Popup, PopupCloseBehavior, Rect, Role, ScrollArea, Sense,
    Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::{
    super::{
        entities::of_part,
        fonts,
        maps::Focus,
        part_maps::PartMaps,
        reading::Part,
        session::{Shown, TileSize, ViewCommand},
        theme::{self, GAP, Palette},
        widgets::{caption, dots, picture, segmented, short_value, small, toggle},
    },
    Drawing, aspect,
    entities::paint_badge,
    leaks, scrolled,
};

/// Space between a tile's edge and its map.
const PADDING: f32 = 6.0;
/// The height of a tile's name.
const NAME: f32 = 24.0;
/// The heights of a tile's focus over the steps, and of its number.
const SPARKLINE: f32 = 14.0;
const FOCUS: f32 = 18.0;

/// What the tiles show.
struct Tiled<'a> {
    shown: Shown<'a>,
    step: usize,
    /// Of the step.
    maps: Arc<PartMaps>,
    /// Of every step so far, as far as there was time for it.
    series: Vec<Option<Arc<Focus>>>,
    /// The steps of the whole run.
    total: usize,
    /// The largest focus of a word at any step: the upper edge of all lines.
    most_focus: f32,
}

pub(super) fn show(d: &mut Drawing<'_>, ui: &mut Ui) {
    let column = ui.max_rect().expand(12.0);
    ui.painter().vline(column.left() + 0.5, column.y_range(), d.palette.hairline());
    header(d, ui);
    let Some((shown, step)) = d.shown() else {
        ui.add_space(4.0);
        ui.add(egui::Label::new(small(hint(d), d.palette.dim)).wrap());
        return;
    };
    let Some(maps) = d.step_maps(shown, step) else { return };
    let parts = d.session.view.tiles(shown.words);
    let total = shown.painting.settings.steps;
    let series = (0..shown.painting.steps.len()).map(|step| {
        let view = &d.session.view;
        d.maps.focus_within(shown, &view.layers, view.time, step)
    });
    let series: Vec<_> = series.collect();
    let all = series.iter().flatten().flat_map(|focus| focus.iter());
    let most_focus = all
        .filter(|(part, _)| parts.contains(part))
        .fold(f32::MIN_POSITIVE, |most, (_, focus)| most.max(*focus));
    let tiled = Tiled { shown, step, maps, series, total, most_focus };
    let (pinned, others) = parts.split_at(d.session.view.pinned_words.len());
    let mut hovered = None;
    if !pinned.is_empty() {
        let most = ui.available_height() / 2.0;
        let area = ScrollArea::vertical().id_salt("pinned words").max_height(most).auto_shrink([false, true]);
        hovered = scrolled(ui, area, |ui| tiles(d, ui, &tiled, pinned, 0));
        let line = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover()).0;
        ui.painter().hline(line.x_range(), line.center().y, d.palette.hairline());
    }
    scrolled(ui, ScrollArea::vertical().auto_shrink(false), |ui| {
        hovered = tiles(d, ui, &tiled, others, pinned.len()).or(hovered);
        leaks::show(d, ui, shown, step);
    });
    if hovered != d.session.view.hovered {
        d.send(ViewCommand::Hover(hovered));
    }
}

fn hint(d: &Drawing<'_>) -> &'static str {
    if d.session.queue.running().is_some() {
        "A map for each word comes with the first step"
    } else {
        "While it paints, each word shows here where the picture looks at it"
    }
}

fn header(d: &mut Drawing<'_>, ui: &mut Ui) {
    let view = &d.session.view;
    let is_narrow = ui.available_width() < 290.0;
    ui.horizontal(|ui| {
        ui.set_height(20.0);
        ui.label(caption("Words", d.palette.text));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            more(d, ui, is_narrow);
            if !is_narrow {
                same_scale(d, ui);
            }
            let patches = toggle(ui, d.palette, "Patches", view.patches);
            let tooltip = "Shows each map as the patches that it really has, without smoothing";
            if patches.on_hover_text(tooltip).clicked() {
                d.send(ViewCommand::Patches(!view.patches));
            }
        });
    });
}

fn same_scale(d: &mut Drawing<'_>, ui: &mut Ui) {
    let is_on = d.session.view.same_scale;
    let response = toggle(ui, d.palette, "Same scale", is_on);
    if response.on_hover_text("One scale for all words, so that they can be compared").clicked() {
        d.send(ViewCommand::SameScale(!is_on));
    }
}

/// The menu with what is changed rarely.
fn more(d: &mut Drawing<'_>, ui: &mut Ui, with_scale: bool) {
    let response = dots(ui, d.palette, "More about words");
    Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_width(228.0);
        ui.horizontal(|ui| {
            ui.label(small("Tiles", d.palette.dim));
            let chosen = TileSize::ALL.iter().position(|&size| size == d.session.view.tile_size).unwrap_or(1);
            let names = TileSize::ALL.map(|size| (size.label(), "How large the tiles are"));
            if let Some(clicked) = segmented(ui, d.palette, &names, chosen) {
                d.send(ViewCommand::TileSize(TileSize::ALL[clicked]));
            }
        });
        if with_scale {
            same_scale(d, ui);
        }
        let others = toggle(ui, d.palette, "Function words, start, end, padding", d.session.view.others);
        if others.on_hover_text("Also shows the maps of words that are not content words").clicked() {
            d.send(ViewCommand::Others(!d.session.view.others));
        }
        let pieces = toggle(ui, d.palette, "One tile per token", d.session.view.pieces);
        if pieces.on_hover_text("Words that the model reads in several tokens show each of them").clicked() {
            d.send(ViewCommand::Pieces(!d.session.view.pieces));
        }
    });
    response.on_hover_text("Tile size and other words");
}

/// Draws the tiles, of which `before` precede these; gives the one under the pointer.
fn tiles(d: &mut Drawing<'_>, ui: &mut Ui, tiled: &Tiled<'_>, parts: &[Part], before: usize) -> Option<Part> {
    let aspect = aspect(&tiled.shown.painting.settings);
    let available = ui.available_width() - 2.0;
    // Wide pictures get wide tiles of the same area, as far as the column goes.
    // In a large window tiles grow with their column.
    let growth = (available / 344.0).clamp(1.0, 1.5);
    let least = (d.session.view.tile_size.points() * growth * aspect.sqrt()).min(available);
    let columns = (((available + GAP) / (least + GAP)) as usize).max(1);
    let width = ((available + GAP) / columns as f32 - GAP).floor();
    let map_height = (width - 2.0 * PADDING) / aspect;
    let size = vec2(width, map_height + PADDING + NAME + SPARKLINE + FOCUS);
    let mut hovered = None;
    for (row, parts) in parts.chunks(columns).enumerate() {
        let (rect, _) = ui.allocate_exact_size(vec2(available, size.y), Sense::hover());
        for (column, &part) in parts.iter().enumerate() {
            let left = rect.left() + 1.0 + column as f32 * (width + GAP);
            let tile = Rect::from_min_size(pos2(left, rect.top()), size);
            let number = before + row * columns + column + 1;
            // Tiles that are scrolled out of sight only take up their space.
            if !ui.is_rect_visible(tile) {
                continue;
            }
            if self::tile(d, ui, tile, tiled, part, number) {
                hovered = Some(part);
            }
        }
    }
    hovered
}

fn tile(d: &mut Drawing<'_>, ui: &mut Ui, rect: Rect, tiled: &Tiled<'_>, part: Part, number: usize) -> bool {
    let palette = d.palette;
    let Tiled { shown, step, maps, .. } = tiled;
    let (shown, step) = (*shown, *step);
    let name = shown.words.name_of(part);
    let response = ui.interact(rect, ui.scope_id().with(("tile", part)), Sense::click());
    let is_selected = d.session.view.selected.contains(&part);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_selected, format!("Word: {name}")));
    let fill = if response.hovered() { palette.hovered } else { palette.raised };
    let stroke = if is_selected { Stroke::new(1.5, palette.accent) } else { Stroke::NONE };
    ui.painter().rect(rect, CornerRadius::same(theme::RADIUS), fill, stroke, StrokeKind::Inside);
    if response.has_focus() {
        ui.painter().rect_stroke(rect, theme::RADIUS, palette.ring(), StrokeKind::Outside);
    }
    let map = Rect::from_min_max(
        rect.min + vec2(PADDING, PADDING),
        pos2(rect.right() - PADDING, rect.bottom() - NAME - SPARKLINE - FOCUS),
    );
    let max = d.max_of(shown, maps, part);
    if let Some(texture) = d.heat(ui, shown, part, maps, max) {
        picture(ui, texture, map, 4, 1.0);
    }
    if number <= 9 {
        badge(ui, map, number);
    }
    let is_content = shown.words.word_of(part).is_some_and(|word| word.content);
    let (font, color) = if is_content {
        (fonts::semibold(theme::BODY), palette.text)
    } else {
        (fonts::regular(theme::BODY), palette.dim)
    };
    let line = Rect::from_min_max(pos2(map.left(), map.bottom()), pos2(rect.right(), map.bottom() + NAME));
    let entities = shown.entities(step);
    if is_content && !entities.list.is_empty() {
        let place = Rect::from_min_size(map.left_top() + vec2(2.0, 2.0), vec2(15.0, 15.0));
        paint_badge(ui, palette, of_part(entities, shown.words, part), place);
    }
    let place = Rect::from_center_size(pos2(line.right() - 12.0, line.center().y), vec2(18.0, 20.0));
    let (pin, is_pin_seen) = pin(d, ui, place, part, &name, response.contains_pointer());
    let mut job = egui::text::LayoutJob::simple_singleline(name.into_owned(), font, color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(match is_pin_seen {
        true => place.left() - line.left(),
        false => line.width() - 2.0,
    });
    let galley = ui.painter().layout_job(job);
    let at = Align2::LEFT_CENTER.anchor_size(line.left_center(), galley.size()).min;
    ui.painter().galley(at, galley, color);
    let entity = of_part(entities, shown.words, part);
    let color = entity.map_or(palette.dim, |index| palette.entity(index));
    focus(ui, palette, Rect::from_min_max(pos2(map.left(), line.bottom()), rect.max), tiled, part, color);
    if response.clicked() {
        let add = ui.input(|input| input.modifiers.command || input.modifiers.shift);
        d.send(ViewCommand::Select { part, add });
    }
    response.hovered() || pin.hovered()
}

/// Keeps the tile on top; tells whether the pin is drawn: only when it is needed, so that names stand alone.
fn pin(
    d: &mut Drawing<'_>,
    ui: &Ui,
    rect: Rect,
    part: Part,
    name: &str,
    is_pointed_at: bool,
) -> (egui::Response, bool) {
    let is_pinned = d.session.view.pinned_words.contains(&part);
    let response = ui.interact(rect, ui.scope_id().with(("pin", part)), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_pinned, format!("Pin: {name}")));
    let is_seen = is_pinned || is_pointed_at || response.has_focus();
    if is_seen {
        let is_lit = response.hovered() || response.has_focus();
        let color = match is_pinned {
            true => d.palette.accent,
            false if is_lit => d.palette.text,
            false => d.palette.dim,
        };
        // A drawing pin.
        let at = rect.center();
        let stroke = Stroke::new(1.3, color);
        ui.painter().line_segment([at + vec2(-4.0, 1.0), at + vec2(4.0, 1.0)], stroke);
        ui.painter().line_segment([at + vec2(0.0, 1.0), at + vec2(0.0, 6.0)], stroke);
        ui.painter().rect_filled(Rect::from_min_max(at - vec2(2.5, 5.0), at + vec2(2.5, 1.0)), 1.0, color);
    }
    if response.clicked() {
        d.send(ViewCommand::PinWord(part));
    }
    let tooltip = if is_pinned { "Lets the tile go" } else { "Keeps the tile on top" };
    (response.on_hover_text(tooltip), is_seen)
}

/// How gathered a word's attention is: as a line over the steps, and as a number at the step that is shown.
fn focus(ui: &Ui, palette: &Palette, rect: Rect, tiled: &Tiled<'_>, part: Part, color: Color32) {
    let plot = Rect::from_min_max(
        pos2(rect.left(), rect.top() + 1.0),
        pos2(rect.right() - PADDING, rect.top() + SPARKLINE - 1.0),
    );
    let last = tiled.total.saturating_sub(1).max(1) as f32;
    let x = |step: usize| egui::lerp(plot.left()..=plot.right(), step as f32 / last);
    let y = |focus: f32| egui::remap_clamp(focus, 0.0..=tiled.most_focus, plot.bottom()..=plot.top());
    let path: Vec<_> = tiled
        .series
        .iter()
        .enumerate()
        .filter_map(|(step, focus)| {
            let (_, focus) = focus.as_ref()?.iter().find(|(other, _)| *other == part)?;
            Some(pos2(x(step), y(*focus)))
        })
        .collect();
    ui.painter().vline(x(tiled.step), plot.y_range(), palette.hairline());
    ui.painter().add(egui::Shape::line(path, Stroke::new(1.3, color)));
    let text =
        tiled.maps.focus(part).map_or_else(String::new, |focus| format!("focus {}", short_value(focus)));
    let at = pos2(rect.left(), rect.bottom() - FOCUS / 2.0 - 1.0);
    ui.painter().text(at, Align2::LEFT_CENTER, text, fonts::regular(11.0), palette.dim);
}

/// The key that chooses a tile.
fn badge(ui: &Ui, map: Rect, number: usize) {
    let rect = Rect::from_min_size(map.right_top() + vec2(-17.0, 2.0), vec2(15.0, 15.0));
    ui.painter().rect_filled(rect, 4.0, Color32::from_black_alpha(150));
    let font = fonts::regular(10.5);
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, number, font, Color32::from_gray(240));
}
