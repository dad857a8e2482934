//! The guidance scale as an input of the model (diffusers' `get_guidance_scale_embedding`), which LCM-SDXL takes in
//! place of a second row.

use ndarray::Array2;

/// Sines, then cosines, of scale - 1 at falling frequencies: [rows, width], every row alike.
pub(super) fn embedding(guidance_scale: f32, rows: usize, width: usize) -> Array2<f32> {
    let scaled = (guidance_scale - 1.0) * 1000.0;
    let half = width / 2;
    let decay = -(10_000_f32.ln()) / half.saturating_sub(1).max(1) as f32;
    Array2::from_shape_fn((rows, width), |(_, at)| {
        let angle = scaled * ((at % half.max(1)) as f32 * decay).exp();
        match at / half.max(1) {
            0 => angle.sin(),
            1 => angle.cos(),
            // An odd width ends with a 0.
            _ => 0.0,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of diffusers 0.35.2, `StableDiffusionXLPipeline.get_guidance_scale_embedding(None, torch.tensor([scale - 1]), width)`.
    #[test]
    fn it_is_diffusers_embedding() {
        fn check(guidance_scale: f32, expected: &[f32]) {
            let found = embedding(guidance_scale, 1, expected.len());
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-3, "{found} instead of {expected}");
            }
        }
        check(8.0, &[0.506885, -0.97048, 0.586653, 0.644218, 0.862013, -0.241183, -0.809838, 0.764842]);
        check(1.0, &[0.0, 0.0, 1.0, 1.0]);
        check(2.5, &[-0.993902, 0.149438, -0.110267, 0.988771, 0.0]);
    }
}
