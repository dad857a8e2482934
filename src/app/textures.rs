//! Every texture of the window: made here and nowhere else, found again by what it shows, bounded in bytes.

use egui::{ColorImage, Context, TextureHandle, TextureId, TextureOptions};

use super::{
    cache::Cache,
    layer_filter::LayerFilter,
    reading::Part,
    session::{ThemeChoice, Time},
};
use tauscope_studio::{export::ColorMap, history::EntryId, painting::JobId};

/// What all textures together may take. One frame's own needs are always met.
pub(super) const BUDGET_BYTES: usize = 96 << 20;

/// What a texture shows. Equal keys show the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum TextureKey {
    /// The preview of a step.
    Preview(JobId, usize),
    /// A step as the VAE decodes it.
    Decoded(JobId, usize),
    /// The finished picture.
    Image(JobId),
    /// The picture, small, for the history.
    Thumbnail(JobId),
    /// The same of a painting on disk.
    Entry(EntryId),
    /// A picture that is reviewed, by its question's place in the order.
    Reviewed(usize),
    /// The colours of a scale.
    Scale(ColorMap),
    /// A word's map in colours.
    Heat(HeatKey),
    /// The entity of each place.
    Entities(EntitiesKey),
    /// Where a place looks: bits of the place, and whether without the temperature.
    Patch(JobId, usize, [u32; 2], bool, LayerFilter, ColorMap, bool),
    /// Where two pictures differ at a step, or when both are finished.
    Difference(JobId, JobId, usize, ColorMap, bool),
    /// The heat of words, opaque where hot, each with the bits of its hottest value.
    Overlay(Vec<(Part, u32)>, HeatKey),
}

/// What a picture of entities depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct EntitiesKey {
    /// Of which painting.
    pub(super) job: JobId,
    /// Of which step.
    pub(super) step: usize,
    /// Over which layers.
    pub(super) layers: LayerFilter,
    /// Patches as they are.
    pub(super) patches: bool,
    /// In which theme's colours.
    pub(super) theme: ThemeChoice,
}

/// What a heatmap depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct HeatKey {
    /// Of which painting.
    pub(super) job: JobId,
    /// Of which step.
    pub(super) step: usize,
    /// That step or the mean so far.
    pub(super) time: Time,
    /// Of which word.
    pub(super) part: Part,
    /// Over which layers.
    pub(super) layers: LayerFilter,
    /// In which colours.
    pub(super) color_map: ColorMap,
    /// Patches as they are.
    pub(super) patches: bool,
    /// Bits of the value that is hottest.
    pub(super) max: u32,
}

/// The textures in use.
pub(super) struct Textures(Cache<TextureKey, TextureHandle>);

impl Default for Textures {
    fn default() -> Self {
        Self(Cache::new(BUDGET_BYTES))
    }
}

impl Textures {
    /// Begins a frame: drops what is over the budget.
    pub(super) fn begin_frame(&mut self) {
        self.0.begin_frame();
    }

    /// The texture of `key`; `image` is called only if it is not there yet.
    pub(super) fn texture(
        &mut self,
        ctx: &Context,
        key: TextureKey,
        image: impl FnOnce() -> Option<(ColorImage, TextureOptions)>,
    ) -> Option<TextureId> {
        if let Some(handle) = self.0.find(&key) {
            return Some(handle.id());
        }
        let (image, options) = image()?;
        let bytes = image.pixels.len() * size_of::<egui::Color32>();
        let handle = load(ctx, image, options);
        let id = handle.id();
        self.0.insert(key, handle, bytes);
        Some(id)
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where textures are made")]
fn load(ctx: &Context, image: ColorImage, options: TextureOptions) -> TextureHandle {
    ctx.load_texture("tauscope", image, options)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(textures: &mut Textures, ctx: &Context, job: u64, side: usize) {
        textures.texture(ctx, TextureKey::Image(JobId(job)), || {
            Some((ColorImage::filled([side, side], egui::Color32::BLACK), TextureOptions::LINEAR))
        });
    }

    #[test]
    fn textures_stay_within_their_budget() {
        let (ctx, mut textures) = (Context::default(), Textures::default());
        let before = ctx.tex_manager().read().num_allocated();
        for job in 0..200 {
            textures.begin_frame();
            draw(&mut textures, &ctx, job, 1024);
        }
        textures.begin_frame();
        let held = ctx.tex_manager().read().num_allocated() - before;
        assert!(held <= BUDGET_BYTES / (4 << 20), "{held}");
    }

    #[test]
    fn a_texture_in_use_is_made_once() {
        let (ctx, mut textures) = (Context::default(), Textures::default());
        let mut made = 0;
        for _ in 0..5 {
            textures.begin_frame();
            textures.texture(&ctx, TextureKey::Image(JobId(1)), || {
                made += 1;
                Some((ColorImage::filled([4, 4], egui::Color32::BLACK), TextureOptions::LINEAR))
            });
        }
        assert_eq!(made, 1);
    }
}
