//! The text-to-image loop with a formula in place of a model.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::sync::Arc;

use ndarray::{Array2, Array3, ArrayView4};
use serde_json::json;
use tauscope_core::{
    CancelToken, Result,
    attention::{StepMaps, StepScores, TokenPlan},
    diffusion::{
        Components, Job, LiveControl, Notice, Outcome, Prediction, Progress, Settings, Start, StepReport,
        TextEmbedding, UnetInput, scheduler::Sampler, text_to_image,
    },
    model::SchedulerConfig,
};

const TOKENS: usize = 4;
const STEPS: usize = 6;

/// Predicts half of the latents, and counts its calls in its maps.
struct Formula {
    layers: [String; 1],
    calls: usize,
}

impl Components for Formula {
    fn cross_attention_layers(&self) -> &[String] {
        &self.layers
    }

    fn self_attention_layers(&self) -> &[String] {
        &[]
    }

    fn encode_text(&mut self, _chunks: &[[Vec<i64>; 2]], _cancel: &CancelToken) -> Result<TextEmbedding> {
        Ok(TextEmbedding { context: Array3::zeros((1, TOKENS, 1)), pooled: Array2::zeros((1, 1)) })
    }

    fn predict(&mut self, input: &UnetInput<'_>, _cancel: &CancelToken) -> Result<Prediction> {
        let (_, _, height, width) = input.sample.dim();
        self.calls += 1;
        Ok(Prediction {
            output: 0.5 * &input.sample,
            maps: StepMaps(vec![Array2::from_elem((height * width, TOKENS), self.calls as f32)]),
            neutral: None,
            scores: StepScores::default(),
            rows: Vec::new(),
        })
    }

    fn decode(
        &mut self,
        latents: ArrayView4<'_, f32>,
        _report: &mut dyn FnMut(Progress),
        _cancel: &CancelToken,
    ) -> Result<Array3<f32>> {
        let (_, _, height, width) = latents.dim();
        Ok(Array3::from_shape_fn((3, 8 * height, 8 * width), |(colour, y, x)| {
            latents[[0, colour, y / 8, x / 8]]
        }))
    }
}

/// Paints, and gives the steps and how often the model was called.
fn paint(config: &SchedulerConfig, sampler: Sampler, start: &Start) -> (Outcome, Vec<StepReport>, usize) {
    let settings =
        Settings { width: 32, height: 32, steps: STEPS, guidance_scale: 1.0, sampler, ..Settings::default() };
    let job = Job {
        settings: &settings,
        prompt: &[],
        negative: None,
        tokens: &|_| TokenPlan::neutral(TOKENS),
        phrases: &|_| Ok(Vec::new()),
        scheduler: config,
        start,
        live: &LiveControl::default(),
        notices: &[],
    };
    let mut model = Formula { layers: ["mid_block.attn2".to_owned()], calls: 0 };
    let mut steps = Vec::new();
    let outcome = text_to_image(&mut model, &job, &CancelToken::new(), |news| {
        if let Progress::Step(report) = news {
            steps.push(*report);
        }
    });
    (outcome.unwrap(), steps, model.calls)
}

#[test]
fn a_step_is_one_step_however_often_it_calls_the_model() {
    for sampler in Sampler::ALL {
        let (_, steps, calls) = paint(&SchedulerConfig::default(), sampler, &Start::Seed);
        let twice = sampler.calls_per_step() - 1;
        assert_eq!((steps.len(), calls), (STEPS, STEPS + twice * (STEPS - 1)), "{sampler:?}");
        for (index, step) in steps.iter().enumerate() {
            // The maps are those of the first call.
            assert_eq!(step.maps.0[0][[0, 0]] as usize, 1 + index * sampler.calls_per_step(), "{sampler:?}");
        }
    }
}

#[test]
fn a_run_goes_on_from_any_checkpoint_bit_for_bit() {
    for sampler in Sampler::ALL {
        let (whole, steps, _) = paint(&SchedulerConfig::default(), sampler, &Start::Seed);
        for step in &steps[..STEPS - 1] {
            let start = Start::Checkpoint(Arc::clone(&step.checkpoint));
            let (rest, ..) = paint(&SchedulerConfig::default(), sampler, &start);
            assert_eq!(rest.latents, whole.latents, "{sampler:?} from {}", step.checkpoint.step);
        }
    }
}

#[test]
fn what_the_scheduler_does_not_do_is_told_of_the_sampler_in_use() {
    fn check(sampler: Sampler, expected: &[&str]) {
        let config = json!({ "_class_name": "DEISMultistepScheduler", "use_flow_sigmas": true });
        let config = serde_json::from_value(config).unwrap();
        let (outcome, ..) = paint(&config, sampler, &Start::Seed);
        let notices = outcome.notices.iter().filter(|notice| matches!(notice, Notice::Scheduler(_)));
        let told: Vec<_> = notices.map(ToString::to_string).collect();
        assert_eq!(told.len(), expected.len(), "{told:?}");
        assert!(told.iter().zip(expected).all(|(told, expected)| told.contains(expected)), "{told:?}");
    }
    check(Sampler::UniPc, &["DEISMultistepScheduler, which is not offered: UniPC", "use_flow_sigmas"]);
    check(Sampler::DpmPlusPlus2M, &["use_flow_sigmas"]);
    check(Sampler::Euler, &[]);
}
