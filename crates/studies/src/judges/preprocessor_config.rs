//! What a CLIP's folder says is done to pictures.

use serde::Deserialize;

use super::{
    pillow::Filter,
    pixels::{Pixels, Size},
};

/// `preprocessor_config.json` of a CLIP, as transformers writes it now or wrote it once.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(super) struct PreprocessorConfig {
    do_resize: bool,
    size: Sides,
    resample: u8,
    do_center_crop: bool,
    crop_size: Sides,
    do_rescale: bool,
    rescale_factor: f32,
    do_normalize: bool,
    image_mean: [f32; 3],
    image_std: [f32; 3],
}

/// One number, or the sides by name.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Sides {
    One(u32),
    Shortest { shortest_edge: u32 },
    Both { height: u32, width: u32 },
}

impl Default for PreprocessorConfig {
    /// What transformers takes for what a file does not say.
    fn default() -> Self {
        Self {
            do_resize: true,
            size: Sides::Shortest { shortest_edge: 224 },
            resample: 3,
            do_center_crop: true,
            crop_size: Sides::One(224),
            do_rescale: true,
            rescale_factor: 1.0 / 255.0,
            do_normalize: true,
            image_mean: [0.481_454_66, 0.457_827_5, 0.408_210_73],
            image_std: [0.268_629_54, 0.261_302_6, 0.275_777_1],
        }
    }
}

impl PreprocessorConfig {
    /// What it says is done to a picture.
    ///
    /// # Errors
    /// What it asks for and is not done here.
    pub(super) fn pixels(&self) -> Result<Pixels, String> {
        let filter = match self.resample {
            2 => Filter::Bilinear,
            3 => Filter::Bicubic,
            other => {
                return Err(format!("\"resample\" is {other}; only 2 (bilinear) and 3 (bicubic) are known"));
            }
        };
        let size = match (self.do_resize, &self.size) {
            (false, _) => Size::Own,
            (true, Sides::One(side) | Sides::Shortest { shortest_edge: side }) => Size::Shortest(*side),
            (true, Sides::Both { height, width }) => Size::Exactly(*width, *height),
        };
        let crop = match &self.crop_size {
            Sides::One(side) | Sides::Shortest { shortest_edge: side } => [*side; 2],
            Sides::Both { height, width } => [*width, *height],
        };
        let (mean, std) =
            if self.do_normalize { (self.image_mean, self.image_std) } else { ([0.0; 3], [1.0; 3]) };
        Ok(Pixels {
            size,
            filter,
            crop: self.do_center_crop.then_some(crop),
            scale: if self.do_rescale { self.rescale_factor } else { 1.0 },
            mean,
            std,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_file_says_the_same() {
        fn check(json: &str, expected: (Size, Option<[u32; 2]>, f32)) {
            let pixels = serde_json::from_str::<PreprocessorConfig>(json).unwrap().pixels().unwrap();
            assert_eq!((pixels.size, pixels.crop, pixels.mean[0]), expected, "{json}");
        }
        let usual = (Size::Shortest(224), Some([224; 2]), 0.481_454_66);
        check("{}", usual);
        check(r#"{"size": 224, "crop_size": 224, "feature_extractor_type": "CLIPFeatureExtractor"}"#, usual);
        let named = r#"{"size": {"shortest_edge": 224}, "crop_size": {"height": 224, "width": 224}}"#;
        check(named, usual);
        let exact = r#"{"size": {"height": 30, "width": 40}, "do_center_crop": false, "image_mean": [0.5, 0.5, 0.5]}"#;
        check(exact, (Size::Exactly(40, 30), None, 0.5));
        check(r#"{"do_resize": false, "do_normalize": false}"#, (Size::Own, Some([224; 2]), 0.0));
    }
}
