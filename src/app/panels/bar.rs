//! The bar: name, model, device, theme, help.

use egui::{
    Align, Layout, Popup, PopupCloseBehavior, Role, Sense, TextEdit, TextFormat, Ui, WidgetInfo,
    text::LayoutJob, vec2,
};

use super::{
    super::{
        fonts,
        session::{
            Command, ModelCommand, ModelStatus, Page, PreferencesCommand, ThemeChoice, ViewCommand,
            typed_path,
        },
        theme::{self, Palette},
        widgets::{ButtonKind, button, caption, chip, icon_button, small},
    },
    Drawing,
};
use tauscope_studio::painting::ModelSource;

pub(super) fn show(d: &mut Drawing<'_>, ui: &mut Ui) {
    let palette = d.palette;
    let rect = ui.max_rect();
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, palette.hairline());
    ui.horizontal_centered(|ui| {
        ui.add_space(16.0);
        let mut name = LayoutJob::default();
        name.append("τ", 0.0, TextFormat::simple(fonts::semibold(17.0), palette.accent));
        name.append("Tauscope", 6.0, TextFormat::simple(fonts::semibold(15.0), palette.text));
        ui.label(name);
        ui.add_space(10.0);
        pages(d, ui);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(14.0);
            ui.spacing_mut().item_spacing.x = 12.0;
            help_button(d, ui);
            theme_button(d, ui);
            device_chip(d, ui);
            model_chip(d, ui);
        });
    });
}

/// What fills the window.
fn pages(d: &mut Drawing<'_>, ui: &mut Ui) {
    ui.spacing_mut().item_spacing.x = 4.0;
    let current = d.session.view.page;
    for (page, name, tooltip) in [
        (Page::Paint, "Paint", "One picture and where its words look"),
        (Page::Compare, "Compare", "The same seed under several controls"),
    ] {
        let is_current = page == current;
        let font = if is_current { fonts::semibold(theme::BODY) } else { fonts::regular(theme::BODY) };
        let color = if is_current { d.palette.text } else { d.palette.dim };
        let galley = ui.painter().layout_no_wrap(name.to_owned(), font, color);
        let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 24.0, 28.0), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::Tab, true, is_current, name));
        let fill = if is_current || response.hovered() { d.palette.raised } else { d.palette.panel };
        let stroke = if response.has_focus() { d.palette.ring() } else { egui::Stroke::NONE };
        ui.painter().rect(rect, theme::RADIUS, fill, stroke, egui::StrokeKind::Inside);
        let at = egui::Align2::CENTER_CENTER.anchor_size(rect.center(), galley.size()).min;
        ui.painter().galley(at, galley, color);
        if response.on_hover_text(tooltip).clicked() {
            d.send(ViewCommand::Page(page));
        }
    }
}

fn help_button(d: &mut Drawing<'_>, ui: &mut Ui) {
    let response = icon_button(ui, d.palette, "Help", 30.0).on_hover_text("Lists the keys (?)");
    let font = fonts::semibold(theme::BODY);
    ui.painter().text(response.rect.center(), egui::Align2::CENTER_CENTER, "?", font, d.palette.text);
    if response.clicked() {
        d.send(ViewCommand::Help(!d.session.view.help));
    }
}

fn theme_button(d: &mut Drawing<'_>, ui: &mut Ui) {
    let name = match d.session.preferences.theme {
        ThemeChoice::Dark => "Light theme",
        ThemeChoice::Light => "Dark theme",
    };
    let response = icon_button(ui, d.palette, name, 30.0).on_hover_text(name);
    half_moon(ui, response.rect.center(), d.palette);
    if response.clicked() {
        d.send(PreferencesCommand::ToggleTheme);
    }
}

/// A circle, half filled.
fn half_moon(ui: &Ui, center: egui::Pos2, palette: &Palette) {
    const RADIUS: f32 = 6.0;
    let painter = ui.painter();
    painter.circle_stroke(center, RADIUS, egui::Stroke::new(1.4, palette.text));
    let arc = (0..=16).map(|i| {
        let angle = std::f32::consts::PI * (0.5 + i as f32 / 16.0);
        center + RADIUS * vec2(angle.cos(), angle.sin())
    });
    painter.add(egui::Shape::convex_polygon(arc.collect(), palette.text, egui::Stroke::NONE));
}

fn device_chip(d: &mut Drawing<'_>, ui: &mut Ui) {
    let Some(model) = d.session.models.ready() else { return };
    let palette = d.palette;
    let [device, rest] = device_words(&model.device, model.remark.as_deref(), &model.simd);
    let parts = [(device.as_str(), palette.text), (rest.as_str(), palette.dim)];
    let remark = model.remark.as_ref().map_or_else(String::new, |remark| format!(" There is {remark}."));
    chip(ui, palette, &format!("Device: {device}{rest}"), &parts, Some(palette.good), false).on_hover_text(
        format!("What the model really runs on. ONNX Runtime {}.{remark}", model.runtime_version),
    );
}

/// The device, and what else is short enough to be shown: of a remark only what comes before its reason.
fn device_words(device: &str, remark: Option<&str>, simd: &str) -> [String; 2] {
    let (device, more) = device.split_once(", ").unwrap_or((device, ""));
    let mut rest = String::new();
    if let Some(remark) = remark {
        rest = format!(" ({})", remark.split(':').next().unwrap_or_default());
    }
    for part in [more, simd] {
        if !part.is_empty() {
            rest.push_str(" · ");
            rest.push_str(part);
        }
    }
    [device.to_owned(), rest]
}

fn model_chip(d: &mut Drawing<'_>, ui: &mut Ui) {
    let palette = d.palette;
    let (name, rest) = match d.session.models.status() {
        ModelStatus::Ready(model) => {
            let origin = match &model.source {
                ModelSource::Embedded => "built in",
                ModelSource::Folder(_) => "opened",
            };
            (model.name.clone(), format!(" · {origin} · {} px", model.native_size))
        }
        ModelStatus::Loading { source, .. } => (name_of(source), " · loading".to_owned()),
        ModelStatus::Failed(source) => (name_of(source), " · not loaded".to_owned()),
        ModelStatus::None => ("No model".to_owned(), " · choose one".to_owned()),
    };
    let parts = [(name.as_str(), palette.text), (rest.as_str(), palette.dim)];
    let response = chip(ui, palette, &format!("Model: {name}{rest}"), &parts, None, true).on_hover_text(
        "Opens another model: the built-in one, a folder with SDXL in ONNX form, or a repository by its name",
    );
    Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClickOutside).width(320.0).show(|ui| {
        if model_menu(d, ui) {
            ui.close();
        }
    });
}

/// The menu's content; `true` once something was chosen.
fn model_menu(d: &mut Drawing<'_>, ui: &mut Ui) -> bool {
    let models = &d.session.models;
    let palette = d.palette;
    ui.set_width(320.0);
    let current = match models.status() {
        ModelStatus::Ready(model) => Some(&model.source),
        ModelStatus::Loading { source, .. } | ModelStatus::Failed(source) => Some(source),
        ModelStatus::None => None,
    };
    let mut chosen = None;
    let mut item = |ui: &mut Ui, text: &str, source: ModelSource| {
        if ui.selectable_label(current == Some(&source), text).clicked() {
            chosen = Some(Command::Open(source));
        }
    };
    item(ui, "Scenes, the built-in model", ModelSource::Embedded);
    if !models.recent().is_empty() {
        ui.add_space(4.0);
        ui.label(caption("Opened before", palette.dim));
        for folder in models.recent() {
            item(ui, &folder.display().to_string(), ModelSource::Folder(folder.clone()));
        }
    }
    let mut cached = models.cached().peekable();
    if cached.peek().is_some() {
        ui.add_space(4.0);
        ui.label(caption("In the Hugging Face cache", palette.dim));
        for model in cached {
            item(ui, &model.display().to_string(), ModelSource::Folder(model.clone()));
        }
    }
    ui.add_space(4.0);
    let label = ui.label(caption("Open a model folder, or a picture for its settings", palette.dim));
    ui.horizontal(|ui| {
        let mut path = models.folder_path().to_owned();
        let edit = TextEdit::singleline(&mut path)
            .hint_text("folder or org/name")
            .desired_width(150.0)
            .min_size(vec2(150.0, 28.0))
            .align(egui::Align2::LEFT_CENTER);
        let response = ui.add(edit).labelled_by(label.id);
        if response.changed() {
            d.send(ModelCommand::FolderPath(path.clone()));
        }
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let open = button(ui, palette, vec2(56.0, 28.0), "Open", "", ButtonKind::Outlined);
        if entered || open.clicked() {
            let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
            chosen = typed_path(&path, home.as_deref()).map(Command::of_path);
        }
        if button(ui, palette, vec2(76.0, 28.0), "Browse…", "", ButtonKind::Outlined).clicked() {
            chosen = Some(ModelCommand::BrowseFolder.into());
        }
    });
    ui.label(small(
        "SDXL as Hugging Face optimum exports it to ONNX, in a folder or in the repository org/name, which is \
         downloaded; a PNG saved here. Or drop a folder or a picture on the window.",
        palette.dim,
    ));
    let is_chosen = chosen.is_some();
    d.commands.extend(chosen);
    is_chosen
}

/// What a model is called before it is loaded.
fn name_of(source: &ModelSource) -> String {
    match source {
        ModelSource::Embedded => "Scenes".to_owned(),
        ModelSource::Folder(folder) => folder
            .file_name()
            .map_or_else(|| folder.display().to_string(), |n| n.to_string_lossy().into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_told_in_short() {
        fn check(device: &str, remark: Option<&str>, expected: &str) {
            assert_eq!(device_words(device, remark, "AVX2").concat(), expected);
        }
        check("CPU, 2 threads", None, "CPU · 2 threads · AVX2");
        check(
            "CPU, 2 threads",
            Some("no CUDA: libcudnn.so.9 is missing"),
            "CPU (no CUDA) · 2 threads · AVX2",
        );
        check("CUDA", Some("no attention operator: a map differs"), "CUDA (no attention operator) · AVX2");
    }

    #[test]
    fn a_folder_is_called_by_its_last_name() {
        assert_eq!(name_of(&ModelSource::Folder("/models/sdxl".into())), "sdxl");
        assert_eq!(name_of(&ModelSource::Folder("/".into())), "/");
    }
}
