//! A model that can be painted with: its four graphs, and the attention of its UNet.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{
    attention::AttentionFacts,
    graph::{self, GraphFacts},
};
use tauscope_core::{
    diffusion::{Defaults, scheduler},
    error::Result,
    model::{Fingerprint, FixedSize, ModelFolder, SchedulerConfig},
    units,
};
use tauscope_onnx::Dialect;
use tauscope_runtime::{SelfTest, operators};

/// What is found of a model.
#[derive(Debug, Serialize)]
pub(super) struct ModelFacts {
    name: String,
    fingerprint: Fingerprint,
    /// Side of the square pictures it was trained on, pixels.
    native_size: usize,
    /// What sizes it paints, if not all.
    fixed_size: FixedSize,
    /// What it is painted with where nothing else is chosen.
    defaults: Defaults,
    scheduler: SchedulerConfig,
    /// What a person should know about the scheduler, in sentences.
    notices: Vec<String>,
    weight_bytes: u64,
    graphs: Vec<GraphFacts>,
    /// The UNet's.
    #[serde(flatten)]
    attention: AttentionFacts,
    /// Null if it was not asked for.
    #[serde(serialize_with = "test_as_json")]
    pub(super) self_test: Option<SelfTest>,
}

impl ModelFacts {
    /// What `folder` holds.
    ///
    /// # Errors
    /// If a graph has changed since the folder was checked.
    pub(super) fn of(folder: &ModelFolder, self_test: Option<SelfTest>) -> Result<Self> {
        let [first, second] = &folder.text_encoders;
        let files = [&folder.unet.file, &first.file, &second.file, &folder.vae.file];
        let graphs = files.map(|file| graph::read(&folder.files, file)).into_iter();
        let graphs = graphs.collect::<Result<Vec<_>>>()?;
        let defaults = Defaults::of(folder);
        let notices = scheduler::notices(&folder.scheduler, defaults.sampler);
        Ok(Self {
            name: folder.name.clone(),
            fingerprint: folder.fingerprint,
            native_size: folder.native_size,
            fixed_size: folder.fixed_size,
            defaults,
            scheduler: folder.scheduler.clone(),
            notices: notices.iter().map(ToString::to_string).collect(),
            weight_bytes: folder.weight_bytes(),
            attention: AttentionFacts::of(&graphs[0]),
            graphs: graphs.iter().map(|graph| GraphFacts::of(graph, &folder.files)).collect(),
            self_test,
        })
    }
}

impl fmt::Display for ModelFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, fingerprint, native_size, scheduler, weight_bytes, .. } = self;
        let fixed = match self.fixed_size {
            any if any.is_free() => String::new(),
            fixed => format!(", {fixed} only"),
        };
        let weights = units::bytes(*weight_bytes);
        writeln!(f, "{name}: SDXL, {native_size} px{fixed}, {}, {weights} of weights", scheduler.class_name)?;
        let Defaults { sampler, steps, guidance_scale } = self.defaults;
        let sampler = sampler.label();
        writeln!(
            f,
            "  it is painted with {sampler}, {steps} steps and guidance {guidance_scale} unless others are chosen"
        )?;
        for notice in &self.notices {
            writeln!(f, "  {notice}")?;
        }
        writeln!(f, "  fingerprint {fingerprint}\n")?;
        for graph in &self.graphs {
            writeln!(f, "{graph}")?;
        }
        write!(f, "{}", self.attention)?;
        self.self_test.as_ref().map_or(Ok(()), |test| write_test(f, test))
    }
}

fn write_test(f: &mut fmt::Formatter<'_>, test: &SelfTest) -> fmt::Result {
    let milliseconds = |time: std::time::Duration| time.as_secs_f64() * 1e3;
    let (untouched, intercepted) = (milliseconds(test.untouched), milliseconds(test.intercepted));
    writeln!(
        f,
        "\nSelf-test {}: the largest difference is {:.1e} (up to {:.0e} is accepted); maps' rows sum to 1 within \
         {:.1e}; {}, {}; one step took {untouched:.0} ms untouched, {intercepted:.0} ms intercepted ({:.2})",
        if test.passed() { "passed" } else { "FAILED" },
        test.worst,
        test.tolerance,
        test.worst_row_sum,
        test.device,
        match test.dialect {
            Dialect::Operators => format!("operators on {}", operators::simd_name()),
            Dialect::Portable => "portable graph".to_owned(),
        },
        intercepted / untouched,
    )
}

fn test_as_json<S: Serializer>(test: &Option<SelfTest>, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Facts {
        passed: bool,
        largest_difference: f32,
        tolerance: f32,
        largest_row_sum_deviation: f32,
        untouched_seconds: f64,
        intercepted_seconds: f64,
        device: String,
        portable: bool,
        simd: &'static str,
    }
    let facts = test.as_ref().map(|test| Facts {
        passed: test.passed(),
        largest_difference: test.worst,
        tolerance: test.tolerance,
        largest_row_sum_deviation: test.worst_row_sum,
        untouched_seconds: test.untouched.as_secs_f64(),
        intercepted_seconds: test.intercepted.as_secs_f64(),
        device: test.device.to_string(),
        portable: test.dialect == Dialect::Portable,
        simd: operators::simd_name(),
    });
    facts.serialize(serializer)
}
