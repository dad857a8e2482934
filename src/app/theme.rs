//! Colours, spacing and corners: the one place that knows them.

use egui::{Color32, Context, CornerRadius, Margin, Shadow, Stroke, Theme, Vec2, Visuals, vec2};

use super::{fonts, session::ThemeChoice};

/// Small text: labels, values on tiles.
pub(super) const SMALL: f32 = 12.0;
/// Text.
pub(super) const BODY: f32 = 13.0;
/// The prompt, which is what the window is about.
pub(super) const PROMPT: f32 = 14.0;
/// Corners of tiles, thumbnails and small controls.
pub(super) const SMALL_RADIUS: u8 = 6;
/// Corners of fields and buttons.
pub(super) const RADIUS: u8 = 8;
/// Space inside panels.
pub(super) const MARGIN: f32 = 12.0;
/// Space between things that belong together.
pub(super) const GAP: f32 = 8.0;

/// The colours of a theme.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Palette {
    /// Behind everything.
    pub(super) background: Color32,
    /// Behind the picture.
    pub(super) well: Color32,
    /// Bars and columns.
    pub(super) panel: Color32,
    /// Fields, tiles, buttons.
    pub(super) raised: Color32,
    /// Under the pointer.
    pub(super) hovered: Color32,
    /// Hairlines.
    pub(super) line: Color32,
    /// Text.
    pub(super) text: Color32,
    /// Text that comes second.
    pub(super) dim: Color32,
    /// Selection, progress, the main button.
    pub(super) accent: Color32,
    /// Text on the accent.
    pub(super) on_accent: Color32,
    /// What needs attention.
    pub(super) warning: Color32,
    /// The device runs.
    pub(super) good: Color32,
    /// The prompt's entities, in order.
    entities: [Color32; 6],
}

const DARK: Palette = Palette {
    background: rgb(0x0d1015),
    well: rgb(0x08090c),
    panel: rgb(0x14181f),
    raised: rgb(0x1b212a),
    hovered: rgb(0x242c37),
    line: rgb(0x262e39),
    text: rgb(0xe7ebf1),
    dim: rgb(0x9aa5b5),
    accent: rgb(0x7aa2ff),
    on_accent: rgb(0x0d1015),
    warning: rgb(0xff9d5c),
    good: rgb(0x3ecf8e),
    entities: [rgb(0xf0a830), rgb(0x62bdf0), rgb(0x5fd0a0), rgb(0xe48ac4), rgb(0xe6dc5a), rgb(0xf27d52)],
};

const LIGHT: Palette = Palette {
    background: rgb(0xeef1f5),
    well: rgb(0xe2e7ee),
    panel: rgb(0xffffff),
    raised: rgb(0xf4f6f9),
    hovered: rgb(0xe9edf3),
    line: rgb(0xd9dfe7),
    text: rgb(0x1a2028),
    dim: rgb(0x566172),
    accent: rgb(0x2f62e0),
    on_accent: rgb(0xffffff),
    warning: rgb(0xb04a00),
    good: rgb(0x1f9d66),
    entities: [rgb(0x8a5200), rgb(0x0a64a0), rgb(0x006b4a), rgb(0xa03a78), rgb(0x6a5f00), rgb(0xb0380c)],
};

impl Palette {
    /// The colours of `choice`.
    pub(super) fn of(choice: ThemeChoice) -> &'static Self {
        match choice {
            ThemeChoice::Dark => &DARK,
            ThemeChoice::Light => &LIGHT,
        }
    }

    /// The colour of the entity with this index. From the seventh on colours repeat, but letters do not.
    pub(super) fn entity(&self, index: usize) -> Color32 {
        self.entities[index % self.entities.len()]
    }

    /// Text on an entity's or the scene's colour.
    pub(super) fn on_entity(&self) -> Color32 {
        self.panel
    }

    /// A hairline.
    pub(super) fn hairline(&self) -> Stroke {
        Stroke::new(1.0, self.line)
    }

    /// The ring around what is chosen.
    pub(super) fn ring(&self) -> Stroke {
        Stroke::new(2.0, self.accent)
    }
}

/// Gives `ctx` the fonts, and the look of both themes.
pub(super) fn install(ctx: &Context) {
    ctx.set_fonts(fonts::definitions());
    for (theme, palette) in [(Theme::Dark, &DARK), (Theme::Light, &LIGHT)] {
        ctx.set_visuals_of(theme, visuals(theme, palette));
        ctx.style_mut_of(theme, |style| {
            for (name, font) in &mut style.text_styles {
                font.size = if *name == egui::TextStyle::Small { SMALL } else { BODY };
            }
            let spacing = &mut style.spacing;
            spacing.item_spacing = vec2(GAP, GAP);
            spacing.button_padding = vec2(10.0, 5.0);
            spacing.interact_size = vec2(28.0, 18.0);
            spacing.menu_margin = Margin::same(6);
            spacing.window_margin = Margin::same(16);
            spacing.scroll.floating = true;
            spacing.scroll.bar_width = 6.0;
            style.animation_time = 0.1;
            style.interaction.tooltip_delay = 0.4;
            // A drag that misses a slider must not mark its labels; notices can still be copied.
            style.interaction.selectable_labels = false;
        });
    }
}

/// Switches to `choice`.
pub(super) fn choose(ctx: &Context, choice: ThemeChoice) {
    ctx.set_theme(match choice {
        ThemeChoice::Dark => Theme::Dark,
        ThemeChoice::Light => Theme::Light,
    });
}

fn visuals(theme: Theme, palette: &Palette) -> Visuals {
    let mut visuals = theme.default_visuals();
    let radius = CornerRadius::same(SMALL_RADIUS);
    let shadow = Shadow {
        offset: [0, 6],
        blur: 20,
        spread: 0,
        color: Color32::from_black_alpha(if theme == Theme::Dark { 120 } else { 40 }),
    };
    visuals.panel_fill = palette.panel;
    visuals.window_fill = palette.panel;
    visuals.window_stroke = palette.hairline();
    visuals.window_corner_radius = CornerRadius::same(RADIUS + 2);
    visuals.menu_corner_radius = CornerRadius::same(RADIUS);
    visuals.window_shadow = shadow;
    visuals.popup_shadow = shadow;
    visuals.extreme_bg_color = palette.raised;
    visuals.text_edit_bg_color = Some(palette.raised);
    visuals.faint_bg_color = palette.raised;
    visuals.weak_text_color = Some(palette.dim);
    visuals.hyperlink_color = palette.accent;
    visuals.warn_fg_color = palette.warning;
    visuals.error_fg_color = palette.warning;
    visuals.selection.bg_fill = palette.accent.gamma_multiply(0.32);
    visuals.selection.stroke = Stroke::new(1.0, palette.text);
    visuals.text_cursor.stroke.color = palette.accent;
    // A blinking cursor would draw the whole window twice a second for ever.
    visuals.text_cursor.blink = false;
    let widgets = &mut visuals.widgets;
    for (look, fill, text) in [
        (&mut widgets.noninteractive, palette.panel, palette.text),
        (&mut widgets.inactive, palette.raised, palette.text),
        (&mut widgets.hovered, palette.hovered, palette.text),
        (&mut widgets.active, palette.hovered, palette.text),
        (&mut widgets.open, palette.hovered, palette.text),
    ] {
        look.bg_fill = fill;
        look.weak_bg_fill = fill;
        look.bg_stroke = palette.hairline();
        look.fg_stroke = Stroke::new(1.0, text);
        look.corner_radius = radius;
        look.expansion = 0.0;
    }
    visuals
}

/// The least window in which everything can be reached.
pub(super) const LEAST_WINDOW: Vec2 = vec2(1000.0, 640.0);

const fn rgb(hex: u32) -> Color32 {
    let [_, r, g, b] = hex.to_be_bytes();
    Color32::from_rgb(r, g, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance (WCAG 2).
    fn luminance(color: Color32) -> f32 {
        let linear = |channel: u8| {
            let c = f32::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
    }

    fn contrast(a: Color32, b: Color32) -> f32 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn all_text_can_be_read() {
        for palette in [&DARK, &LIGHT] {
            let p = palette;
            let grounds = [p.background, p.well, p.panel, p.raised, p.hovered];
            for ground in grounds {
                for text in [p.text, p.dim] {
                    assert!(contrast(text, ground) >= 4.5, "{text:?} on {ground:?}");
                }
            }
            for text in [p.accent, p.warning].into_iter().chain(p.entities) {
                for ground in [p.panel, p.raised] {
                    assert!(contrast(text, ground) >= 4.5, "{text:?} on {ground:?}");
                }
            }
            assert!(contrast(p.on_entity(), p.dim) >= 4.5);
            assert!(contrast(p.on_accent, p.accent) >= 4.5);
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 1e-3);
    }
}
