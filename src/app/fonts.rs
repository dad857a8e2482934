//! Inter, in the two weights that the window uses, before egui's own fonts (which have the symbols).
//!
//! Scripts that neither has, such as Chinese and Japanese, come from the system: eframe looks them up when they are
//! first needed.

use std::sync::Arc;

use egui::{FontData, FontDefinitions, FontFamily, FontId};

const REGULAR: &str = "Inter";
const SEMIBOLD: &str = "Inter SemiBold";

/// The fonts of the window.
pub(super) fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let files: [(&str, &'static [u8]); 2] = [
        (REGULAR, include_bytes!("../../ui-assets/fonts/Inter-Regular.otf")),
        (SEMIBOLD, include_bytes!("../../ui-assets/fonts/Inter-SemiBold.otf")),
    ];
    for (name, bytes) in files {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    let fallbacks = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    let family = |first: &str| std::iter::once(first.to_owned()).chain(fallbacks.iter().cloned()).collect();
    fonts.families.insert(FontFamily::Name(SEMIBOLD.into()), family(SEMIBOLD));
    fonts.families.insert(FontFamily::Proportional, family(REGULAR));
    fonts
}

/// Text of this size in points.
pub(super) fn regular(size: f32) -> FontId {
    FontId::proportional(size)
}

/// Headings, names and the main button.
pub(super) fn semibold(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(SEMIBOLD.into()))
}
