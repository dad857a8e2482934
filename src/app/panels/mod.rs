//! The parts of the window. Each draws what the session says and sends commands; none changes anything itself.

mod band;
mod bar;
mod compare;
mod curves;
mod decided;
mod entities;
mod filmstrip;
mod help;
mod history;
mod inputs;
mod layout;
mod leaks;
mod notices;
mod patch;
mod picture;
mod place;
mod prompt;
mod status;
mod steering;
mod toolbar;
mod words;

use egui::{Frame, Margin, Panel, Rect, ScrollArea, TextureId, Ui, Vec2};

use super::{
    maps::Maps,
    part_maps::PartMaps,
    pixels,
    reading::Part,
    session::{Command, Page, Session, Shown},
    textures::{EntitiesKey, HeatKey, TextureKey, Textures},
    theme::Palette,
};
use tauscope_core::diffusion::Settings;
use tauscope_studio::painting::{JobId, Painting};

/// What panels draw with: the session to read, what is derived from it, and where commands go.
pub(super) struct Drawing<'a> {
    pub(super) session: &'a Session,
    pub(super) palette: &'static Palette,
    pub(super) maps: &'a mut Maps,
    pub(super) textures: &'a mut Textures,
    pub(super) commands: &'a mut Vec<Command>,
    /// Memory of the program, bytes, where the system tells.
    pub(super) resident_bytes: u64,
}

/// Draws the window.
pub(super) fn show(d: &mut Drawing<'_>, ui: &mut Ui) {
    let size = ui.available_size();
    let columns = Columns::of(size);
    let panel = Frame::new().fill(d.palette.panel);
    Panel::top("bar")
        .show_separator_line(false)
        .exact_size(44.0)
        .frame(panel)
        .show(ui, |ui| bar::show(d, ui));
    Panel::bottom("status")
        .show_separator_line(false)
        .exact_size(28.0)
        .frame(panel)
        .show(ui, |ui| status::show(d, ui));
    Panel::left("history")
        .exact_size(columns.history)
        .resizable(false)
        .show_separator_line(false)
        .frame(panel)
        .show(ui, |ui| history::show(d, ui));
    Panel::left("inputs")
        .exact_size(columns.inputs)
        .resizable(false)
        .show_separator_line(false)
        .frame(panel.inner_margin(Margin::symmetric(14, 12)))
        .show(ui, |ui| inputs::show(d, ui));
    Panel::bottom("filmstrip")
        .exact_size(columns.filmstrip)
        .resizable(false)
        .show_separator_line(false)
        .frame(panel)
        .show(ui, |ui| filmstrip::show(d, ui));
    if d.session.view.page == Page::Compare {
        egui::CentralPanel::default()
            .frame(Frame::new().fill(d.palette.well))
            .show(ui, |ui| compare::show(d, ui));
        help::show(d, ui);
        return;
    }
    Panel::right("words")
        .exact_size(columns.words)
        .resizable(false)
        .show_separator_line(false)
        .frame(panel.inner_margin(Margin::symmetric(12, 12)))
        .show(ui, |ui| words::show(d, ui));
    egui::CentralPanel::default()
        .frame(Frame::new().fill(d.palette.well))
        .show(ui, |ui| picture::show(d, ui));
    help::show(d, ui);
}

/// Widths and heights of the panels in a window of a size: the picture gets what the others leave.
struct Columns {
    history: f32,
    inputs: f32,
    words: f32,
    filmstrip: f32,
}

impl Columns {
    fn of(window: Vec2) -> Self {
        Self {
            history: if window.x < 1200.0 { 64.0 } else { 76.0 },
            inputs: (window.x * 0.22).clamp(304.0, 340.0).round(),
            words: (window.x * 0.257).clamp(228.0, 520.0).round(),
            filmstrip: if window.y < 720.0 { 138.0 } else { 168.0 },
        }
    }
}

impl<'a> Drawing<'a> {
    /// Sends a command.
    fn send(&mut self, command: impl Into<Command>) {
        self.commands.push(command.into());
    }

    /// The painting that is shown and its step.
    fn shown(&self) -> Option<(Shown<'a>, usize)> {
        let shown = self.session.shown()?;
        Some((shown, shown.step(&self.session.view)?))
    }

    /// A painting by its job's name, and its step at the place in the run that is shown.
    fn of_job(&self, job: JobId) -> Option<(Shown<'a>, usize)> {
        let shown = self.session.painting(job)?;
        Some((shown, shown.step(&self.session.view)?))
    }

    /// A painting at a step: the finished picture at its end, else the step as the VAE decoded it, else its preview.
    fn picture_at(&mut self, ui: &Ui, painting: &Painting, step: usize) -> Option<TextureId> {
        let is_last = step + 1 == painting.steps.len();
        let decoded =
            self.session.inspection.decoded(painting.id, step).filter(|_| self.session.view.decodes);
        match decoded.filter(|_| !is_last || painting.image.is_none()) {
            Some(decoded) => {
                let key = TextureKey::Decoded(painting.id, step);
                self.textures.texture(ui.ctx(), key, || Some(pixels::picture(&decoded.image)))
            }
            None => self.compared_at(ui, painting, step),
        }
    }

    /// A painting at a step of a comparison, where steps on the way are shown by their previews alone.
    fn compared_at(&mut self, ui: &Ui, painting: &Painting, step: usize) -> Option<TextureId> {
        let is_last = step + 1 == painting.steps.len();
        match painting.image.as_ref().filter(|_| is_last) {
            Some(image) => self
                .textures
                .texture(ui.ctx(), TextureKey::Image(painting.id), || Some(pixels::picture(image))),
            None => self.preview_of(ui, painting, step),
        }
    }

    /// A step's preview.
    fn preview_of(&mut self, ui: &Ui, painting: &Painting, step: usize) -> Option<TextureId> {
        let preview = &painting.steps.get(step)?.preview;
        let key = TextureKey::Preview(painting.id, step);
        self.textures.texture(ui.ctx(), key, || Some(pixels::picture(preview)))
    }

    /// A word's map in colours, `max` being the hottest.
    fn heat(
        &mut self,
        ui: &Ui,
        shown: Shown<'_>,
        part: Part,
        maps: &PartMaps,
        max: f32,
    ) -> Option<TextureId> {
        let key = self.heat_key(shown, maps.step(), part, max);
        let (colors, patches) = (key.color_map, key.patches);
        self.textures.texture(ui.ctx(), TextureKey::Heat(key), || {
            Some(pixels::heat(maps.of(part)?, max, colors, patches))
        })
    }

    /// The heat of the words that lie over the picture.
    fn overlay(&mut self, ui: &Ui, shown: Shown<'_>, step: usize) -> Option<TextureId> {
        let parts = self.session.view.overlaid();
        let maps = self.step_maps(shown, step)?;
        let scaled: Vec<_> = parts
            .iter()
            .filter_map(|&part| Some((maps.of(part)?, self.max_of(shown, &maps, part))))
            .collect();
        let scales = parts.iter().map(|&part| (part, self.max_of(shown, &maps, part).to_bits())).collect();
        let most = scaled.iter().map(|(_, max)| *max).fold(0.0, f32::max);
        let key = self.heat_key(shown, maps.step(), *parts.first()?, most);
        let (colors, patches) = (key.color_map, key.patches);
        self.textures
            .texture(ui.ctx(), TextureKey::Overlay(scales, key), || pixels::overlay(&scaled, colors, patches))
    }

    /// The entities of the places of a painting.
    fn entities(&mut self, ui: &Ui, shown: Shown<'_>, step: usize) -> Option<TextureId> {
        let view = &self.session.view;
        let key = EntitiesKey {
            job: shown.painting.id,
            step,
            layers: view.layers.clone(),
            patches: view.patches,
            theme: self.session.preferences.theme,
        };
        let (palette, maps) = (self.palette, &mut *self.maps);
        self.textures.texture(ui.ctx(), TextureKey::Entities(key), || {
            let scores = maps.scores(shown, &view.layers, step)?;
            Some(pixels::entities(&scores, |entity| palette.entity(entity), view.patches))
        })
    }

    /// Where the asked place of a painting looks, over its picture.
    fn patch(&mut self, ui: &Ui, shown: Shown<'_>, step: usize) -> Option<TextureId> {
        let view = &self.session.view;
        let looked = self.session.inspection.looked().filter(|looked| {
            (looked.job, looked.step, Some(looked.place)) == (shown.painting.id, step, view.patch)
        })?;
        let place = [looked.place.y.to_bits(), looked.place.x.to_bits()];
        let (without, colors, patches) = (view.without_tau, view.color_map, view.patches);
        let key = TextureKey::Patch(looked.job, step, place, without, view.layers.clone(), colors, patches);
        self.textures.texture(ui.ctx(), key, || {
            let rows = if without { &looked.neutral } else { &looked.steered };
            let map = rows.aggregate(|layer| view.layers.holds(layer))?;
            let most = map.iter().copied().fold(0.0, f32::max);
            pixels::overlay(&[(map.view(), most)], colors, patches)
        })
    }

    /// The maps shown at a step; those that were shown last while these are read.
    fn step_maps(&mut self, shown: Shown<'_>, step: usize) -> Option<std::sync::Arc<PartMaps>> {
        let view = &self.session.view;
        self.maps.step(shown, &view.layers, view.time, step)
    }

    /// The value that is hottest for a part: its own maximum, or that of all content words.
    fn max_of(&self, shown: Shown<'_>, maps: &PartMaps, part: Part) -> f32 {
        if self.session.view.same_scale {
            maps.max_of_all(&shown.words.content()).max(f32::MIN_POSITIVE)
        } else {
            maps.max_of(part)
        }
    }

    fn heat_key(&self, shown: Shown<'_>, step: usize, part: Part, max: f32) -> HeatKey {
        let view = &self.session.view;
        HeatKey {
            job: shown.painting.id,
            step,
            time: view.time,
            part,
            layers: view.layers.clone(),
            color_map: view.color_map,
            patches: view.patches,
            max: max.to_bits(),
        }
    }
}

/// Width over height of a picture.
fn aspect(settings: &Settings) -> f32 {
    settings.width as f32 / settings.height.max(1) as f32
}

/// A column that scrolls, its bar in the margin to the right of what it holds.
fn scrolled<R>(ui: &mut Ui, area: ScrollArea, content: impl FnOnce(&mut Ui) -> R) -> R {
    const MARGIN: f32 = 10.0;
    let room = ui.available_rect_before_wrap();
    let mut wide = child(ui, room.with_max_x(room.right() + MARGIN), "scrolled");
    let inner = area.show(&mut wide, |ui| {
        ui.set_max_width(room.width());
        content(ui)
    });
    ui.advance_cursor_after_rect(wide.min_rect().intersect(room));
    inner.inner
}

/// Puts an invisible child into `rect`, with the usual layout.
fn child(ui: &mut Ui, rect: Rect, salt: &str) -> Ui {
    ui.new_child(egui::UiBuilder::new().id_salt(salt).max_rect(rect))
}
