//! The same seed under several controls: pictures side by side or under a wipe, the chosen word's maps below them, and
//! what changed.

use egui::{
    Align, Align2, CursorIcon, Layout, Rangef, Rect, Role, ScrollArea, Sense, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};

use super::{
    super::{
        fonts, pixels,
        reading::Part,
        session::{Command, CompareCommand, Comparison, Contestant, Page, Shown, ViewCommand},
        textures::TextureKey,
        theme::{self, GAP, MARGIN},
        widgets::{ButtonKind, button, caption, fit, menu, picture, short_value, small},
    },
    Drawing, child, leaks, toolbar,
};
use tauscope_studio::painting::JobId;

/// The height of what is measured, under the maps.
const LINE: f32 = 20.0;
/// The height of the name and the differences over a picture of a row, and of the name alone.
const TITLE: f32 = 46.0;
const NAME: f32 = 24.0;

pub(super) fn show(d: &mut Drawing<'_>, ui: &mut Ui) {
    let inner = ui.max_rect().shrink2(vec2(MARGIN + 4.0, 8.0));
    let mut column = child(ui, inner, "compare");
    tools(d, &mut column);
    super::notices::show(d, &mut column);
    let rest = column.available_rect_before_wrap();
    match d.session.compare.comparison() {
        None => empty(d, ui, rest),
        Some(comparison) => grid(d, ui, rest, comparison),
    }
}

fn tools(d: &mut Drawing<'_>, ui: &mut Ui) {
    let palette = d.palette;
    ui.horizontal(|ui| {
        ui.set_height(32.0);
        ui.spacing_mut().item_spacing.x = GAP;
        ui.add_enabled_ui(d.session.can_generate(), |ui| {
            for (text, width, tooltip, command) in [
                (
                    "Compare",
                    84.0,
                    "Paints this seed without and with your controls",
                    Command::StartComparison,
                ),
                ("Sweep", 68.0, "Paints this seed for several τ and mask strengths", Command::StartSweep),
                ("Add mine", 84.0, "Adds a column with the controls as they are now", Command::CompareMore),
            ] {
                let response = button(ui, palette, vec2(width, 28.0), text, "", ButtonKind::Outlined);
                if response.on_hover_text(tooltip).on_disabled_hover_text("Open a model first").clicked() {
                    d.commands.push(command);
                }
            }
        });
        if let Some(comparison) =
            d.session.compare.comparison().filter(|c| c.rows.first().is_some_and(|r| r.len() > 1))
        {
            let is_on = comparison.wipe.is_some();
            let kind = if is_on { ButtonKind::Chosen } else { ButtonKind::Outlined };
            let response = button(ui, palette, vec2(60.0, 28.0), "Wipe", "", kind);
            let tooltip = "Lays the last picture of the row over the first, as far as the line";
            if response.on_hover_text(tooltip).clicked() {
                d.send(CompareCommand::Wipe((!is_on).then_some(0.5)));
            }
            let text = format!("Seed {} · {}", comparison.base.seed, comparison.base.prompt);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 12.0;
                toolbar::steps(d, ui);
                toolbar::layers(d, ui);
                words(d, ui);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(egui::Label::new(small(text, palette.dim)).truncate());
                });
            });
        }
    });
}

/// Which word's maps are compared.
fn words(d: &mut Drawing<'_>, ui: &mut Ui) {
    let first = d.session.compare.comparison().and_then(|comparison| comparison.rows.first()?.first());
    let Some((shown, _)) = first.and_then(|one| d.of_job(one.job)) else { return };
    let chosen = word(d, shown);
    let name = chosen.map_or_else(Default::default, |part| shown.words.name_of(part));
    menu(ui, d.palette, "Word", &name, d.palette.dim, |ui| {
        for part in shown.words.content() {
            if ui.selectable_label(chosen == Some(part), shown.words.name_of(part)).clicked()
                && let Some(here) = d.session.shown()
                && let Some(part) = here.words.counterpart(part, shown.words)
            {
                d.send(ViewCommand::Choose(part));
            }
        }
    })
    .on_hover_text("The word whose maps are compared, all on one scale");
}

fn empty(d: &Drawing<'_>, ui: &Ui, rect: Rect) {
    let middle = rect.center();
    let (font, dim) = (fonts::semibold(15.0), d.palette.dim);
    ui.painter().text(
        middle - vec2(0.0, 12.0),
        Align2::CENTER_CENTER,
        "Nothing compared yet",
        font,
        d.palette.text,
    );
    let text = "Compare paints the same seed with and without your controls";
    ui.painter().text(
        middle + vec2(0.0, 12.0),
        Align2::CENTER_CENTER,
        text,
        fonts::regular(theme::SMALL),
        dim,
    );
}

fn grid(d: &mut Drawing<'_>, ui: &mut Ui, rect: Rect, comparison: &Comparison) {
    let columns = comparison.rows.iter().map(Vec::len).max().unwrap_or(1);
    let is_single = comparison.rows.len() == 1;
    let aspect = comparison.base.width as f32 / comparison.base.height.max(1) as f32;
    if let (true, Some(at)) = (is_single, comparison.wipe) {
        wipe(d, ui, rect, comparison, aspect, at);
        return;
    }
    let mut area = ui.new_child(egui::UiBuilder::new().max_rect(rect));
    ScrollArea::both().id_salt("compared").auto_shrink(false).show(&mut area, |ui| {
        let title = if is_single { TITLE } else { NAME };
        let width = ((rect.width() + MARGIN) / columns as f32 - MARGIN).max(160.0);
        // A single row shows maps and differences too, each half as large as the picture.
        let below = if is_single { 0.5 } else { 0.0 };
        let line = if is_single { LINE } else { 0.0 };
        let room = (rect.height() / comparison.rows.len() as f32 - title - 2.0 * GAP - line).max(120.0);
        let height = (width / aspect).min(room / (1.0 + below)).max(80.0);
        // The cells of a grid are narrow, but have room for a name.
        let width = if is_single { width } else { (height * aspect).max(172.0).min(width) };
        let hottest = if is_single { hottest(d, comparison) } else { 0.0 };
        for row in &comparison.rows {
            let cell = vec2(width, title + height * (1.0 + below) + 2.0 * GAP + line);
            let total = vec2(columns as f32 * (width + MARGIN) - MARGIN, cell.y);
            let (place, _) = ui.allocate_exact_size(total, Sense::hover());
            for (index, one) in row.iter().enumerate() {
                let left = place.left() + index as f32 * (width + MARGIN);
                let cell = Rect::from_min_size(pos2(left, place.top()), cell);
                let rest = Below { height: height * below, first: (index > 0).then(|| &row[0]), hottest };
                contestant(d, ui, cell, one, height, aspect, is_single.then_some(rest));
            }
        }
    });
}

/// The value at the hot end of the scale that the word's maps share, over all columns.
fn hottest(d: &mut Drawing<'_>, comparison: &Comparison) -> f32 {
    let of = |one: &Contestant| {
        let (shown, step) = d.of_job(one.job)?;
        let part = word(d, shown)?;
        Some(d.step_maps(shown, step)?.max_of(part))
    };
    comparison.rows.iter().flatten().filter_map(of).fold(f32::MIN_POSITIVE, f32::max)
}

/// What lies under a picture of a single row.
struct Below<'a> {
    height: f32,
    /// The value at the hot end of the maps' scale.
    hottest: f32,
    /// What the picture is compared with.
    first: Option<&'a Contestant>,
}

fn contestant(
    d: &mut Drawing<'_>,
    ui: &mut Ui,
    cell: Rect,
    one: &Contestant,
    height: f32,
    aspect: f32,
    below: Option<Below<'_>>,
) {
    let palette = d.palette;
    let title = if below.is_some() { TITLE } else { NAME };
    let title = Rect::from_min_size(cell.min, vec2(cell.width(), title));
    let first = below.as_ref().and_then(|below| below.first);
    let mut text = ui.new_child(egui::UiBuilder::new().id_salt(("title", one.job)).max_rect(title));
    text.spacing_mut().item_spacing.y = 2.0;
    text.horizontal(|ui| {
        ui.label(caption(one.name.clone(), palette.text));
        let close = ui.add(egui::Button::new(small("Remove", palette.dim)).frame(false));
        if close.on_hover_text("Takes this column out; its picture stays in the history").clicked() {
            d.send(CompareCommand::Remove(one.job));
        }
    });
    if let Some(first) = first {
        let said = one.control.differences(&first.control);
        let said = if said.is_empty() { "the same settings".to_owned() } else { said.join(", ") };
        text.add(egui::Label::new(small(said.clone(), palette.dim)).truncate()).on_hover_text(said);
    }
    let frame = Rect::from_min_size(pos2(cell.left(), title.bottom()), vec2(cell.width(), height));
    let place = fit(frame, aspect);
    let place = place.translate(vec2(frame.left() - place.left(), 0.0));
    painted(d, ui, one, place);
    let Some(below) = below else { return };
    let top = frame.bottom() + GAP;
    // Map and difference side by side are as wide as the picture.
    let small_width = ((place.width() - GAP) / 2.0).min(below.height * aspect);
    let small_size = vec2(small_width, small_width / aspect);
    let heat = Rect::from_min_size(pos2(cell.left(), top), small_size);
    let words = caption_under(d, one.job);
    if let Some((shown, step)) = d.of_job(one.job)
        && let Some(part) = word(d, shown)
        && let Some(maps) = d.step_maps(shown, step)
    {
        if let Some(texture) = d.heat(ui, shown, part, &maps, below.hottest) {
            picture(ui, texture, heat, 4, 1.0);
        }
        let line = Rect::from_min_size(heat.left_bottom() + vec2(0.0, 2.0), vec2(cell.width(), LINE));
        measured(d, ui, shown, step, maps.focus(part), line);
        let most = format!("0 – {}", short_value(below.hottest));
        let corner = heat.right_top() + vec2(-6.0, 6.0);
        ui.painter().text(corner, Align2::RIGHT_TOP, most, fonts::regular(10.5), egui::Color32::WHITE);
        ui.painter().text(
            heat.left_bottom() + vec2(6.0, -6.0),
            Align2::LEFT_BOTTOM,
            words,
            fonts::semibold(theme::SMALL),
            egui::Color32::WHITE,
        );
    }
    if let Some(first) = below.first {
        change(d, ui, first.job, one.job, heat.translate(vec2(small_size.x + GAP, 0.0)));
    }
}

/// The word's focus and the picture's worst leak.
fn measured(d: &mut Drawing<'_>, ui: &mut Ui, shown: Shown<'_>, step: usize, focus: Option<f32>, line: Rect) {
    let focus = focus.map(|focus| format!("focus {}", short_value(focus)));
    let which = leaks::which(shown, step);
    let leak = leaks::worst(d, shown, step).map(|leak| format!("worst leak: {leak}"));
    let said = focus.into_iter().chain(leak).collect::<Vec<_>>().join("  ·  ");
    let mut row =
        ui.new_child(egui::UiBuilder::new().id_salt(("measured", shown.painting.id)).max_rect(line));
    row.add(egui::Label::new(small(said, d.palette.dim)).truncate()).on_hover_text(format!(
        "How gathered the word is, and which attribute lands most on the noun of another entity ({which})"
    ));
}

/// The word whose map is shown, with the step.
fn caption_under(d: &Drawing<'_>, job: JobId) -> String {
    d.of_job(job).map_or_else(String::new, |(shown, step)| {
        let name = word(d, shown).map_or_else(Default::default, |part| shown.words.name_of(part));
        format!("{name}, step {}", step + 1)
    })
}

/// The first chosen word, as this painting's prompt has it.
fn word(d: &Drawing<'_>, shown: Shown<'_>) -> Option<Part> {
    let chosen = d.session.view.selected.first().zip(d.session.shown());
    chosen
        .and_then(|(&part, of)| shown.words.counterpart(part, of.words))
        .or_else(|| shown.words.all().first().copied())
}

/// The picture as far as it is painted; a click opens it.
fn painted(d: &mut Drawing<'_>, ui: &mut Ui, one: &Contestant, place: Rect) {
    let palette = d.palette;
    let response = ui.interact(place, ui.scope_id().with(("compared", one.job)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Picture: {}", one.name)));
    ui.painter().rect(place, theme::RADIUS, palette.background, palette.hairline(), StrokeKind::Inside);
    if let Some((shown, step)) = d.of_job(one.job) {
        if let Some(texture) = d.compared_at(ui, shown.painting, step) {
            picture(ui, texture, place, theme::RADIUS, 1.0);
        }
    } else {
        let is_waiting = d.session.queue.waiting().iter().any(|job| job.id == one.job);
        let is_running = d.session.queue.is_running(one.job);
        let text = match (is_waiting, is_running) {
            (true, _) => "waiting",
            (_, true) => "begins",
            _ => "not painted",
        };
        let font = fonts::regular(theme::SMALL);
        ui.painter().text(place.center(), Align2::CENTER_CENTER, text, font, palette.dim);
    }
    if response.has_focus() || response.hovered() {
        ui.painter().rect_stroke(place, theme::RADIUS, palette.ring(), StrokeKind::Outside);
    }
    let is_kept = d.session.gallery.kept(one.job).is_some();
    if response.on_hover_text("Opens this picture with its settings").clicked() && is_kept {
        d.send(Command::Reopen(one.job));
        d.send(ViewCommand::Page(Page::Paint));
    }
}

/// Where two pictures differ.
fn change(d: &mut Drawing<'_>, ui: &Ui, first: JobId, second: JobId, place: Rect) {
    let (Some((a, step)), Some((b, other))) = (d.of_job(first), d.of_job(second)) else { return };
    if step != other {
        return;
    }
    let is_finished = a.is_finished_at(step) && b.is_finished_at(step);
    let images = if is_finished {
        a.painting.image.as_ref().zip(b.painting.image.as_ref())
    } else {
        a.painting.steps.get(step).zip(b.painting.steps.get(step)).map(|(a, b)| (&a.preview, &b.preview))
    };
    let Some((one, two)) = images.filter(|(one, two)| one.dim() == two.dim()) else { return };
    let colors = d.session.view.color_map;
    let key = TextureKey::Difference(first, second, step, colors, is_finished);
    if let Some(texture) = d.textures.texture(ui.ctx(), key, || Some(pixels::difference(one, two, colors))) {
        picture(ui, texture, place, 4, 1.0);
    }
    let font = fonts::semibold(theme::SMALL);
    let white = egui::Color32::WHITE;
    ui.painter().text(place.left_bottom() + vec2(6.0, -6.0), Align2::LEFT_BOTTOM, "difference", font, white);
}

/// The first picture with the last one over it, as far as a line that can be dragged.
fn wipe(d: &mut Drawing<'_>, ui: &mut Ui, rect: Rect, comparison: &Comparison, aspect: f32, at: f32) {
    let Some((first, last)) = comparison.rows.first().and_then(|row| Some((row.first()?, row.last()?)))
    else {
        return;
    };
    let place = fit(rect.shrink2(vec2(0.0, GAP)), aspect);
    let line = egui::lerp(place.left()..=place.right(), at);
    for (one, side) in [(first, Rangef::new(place.left(), line)), (last, Rangef::new(line, place.right()))] {
        let mut half =
            ui.new_child(egui::UiBuilder::new().id_salt(("wipe", one.job, side.min as i32)).max_rect(place));
        half.set_clip_rect(Rect::from_x_y_ranges(side, place.y_range()));
        if let Some((shown, step)) = d.of_job(one.job)
            && let Some(texture) = d.compared_at(ui, shown.painting, step)
        {
            picture(&half, texture, place, theme::RADIUS, 1.0);
        }
    }
    let response = ui.interact(place, ui.scope_id().with("wipe"), Sense::click_and_drag());
    response
        .widget_info(|| WidgetInfo { role: Role::Slider, ..WidgetInfo::slider(true, f64::from(at), "Wipe") });
    ui.painter().vline(line, place.y_range(), egui::Stroke::new(2.0, d.palette.accent));
    for (one, x, align) in
        [(first, place.left() + 8.0, Align2::LEFT_TOP), (last, place.right() - 8.0, Align2::RIGHT_TOP)]
    {
        let galley =
            ui.painter().layout_no_wrap(one.name.clone(), fonts::semibold(theme::SMALL), d.palette.text);
        let label = align.anchor_size(pos2(x, place.top() + 8.0), galley.size() + vec2(12.0, 6.0));
        ui.painter().rect_filled(label, theme::SMALL_RADIUS, d.palette.panel.gamma_multiply(0.85));
        ui.painter().galley(label.min + vec2(6.0, 3.0), galley, d.palette.text);
    }
    if let Some(pointer) = response.interact_pointer_pos() {
        let share = (pointer.x - place.left()) / place.width().max(1.0);
        d.send(CompareCommand::Wipe(Some(share.clamp(0.0, 1.0))));
    }
    response.on_hover_and_drag_cursor(CursorIcon::ResizeHorizontal);
}
