//! A model folder loaded into sessions: the [`Components`] that the text-to-image loop calls.

use ndarray::{Array1, Array2, Array3, ArrayView4, Axis, CowArray, Ix2, Ix4, IxDyn, arr0, concatenate, s};
use ort::{
    operator::OperatorDomain,
    session::{Session, SessionOutputs},
    value::DynValue,
};

use super::{
    Device, Keep, Memory, MemoryPlan, Runtime, SessionOptions,
    bound::BoundSession,
    can_run,
    decoder::Decoder,
    fixed_shapes::{row_alone, unconditional},
    guidance,
    heap::GiveBack,
    open_session, tensor,
    text_encoders::TextEncoders,
    weight_files,
};
use crate::operators;
use tauscope_core::{
    CancelToken,
    attention::{Grid, Place, StepMaps, StepScores},
    diffusion::{Components, Prediction, Progress, TextEmbedding, UnetInput, recorded_layer},
    error::{Error, Result},
    model::{Files, ModelFolder, Unet},
};
use tauscope_onnx::{DType, Dialect, Dim, Graph, Intercepted, Port, contract, intercept_in, survey};

/// The sessions of a model, its UNet intercepted.
#[derive(Debug)]
pub struct Sdxl {
    text_encoders: TextEncoders,
    unet: InterceptedUnet,
    vae: Decoder,
    source: Source,
    plan: MemoryPlan,
    _freed: GiveBack,
}

/// What sessions are made of, kept for those that are made again.
#[derive(Debug)]
struct Source {
    runtime: Runtime,
    files: Files,
    options: SessionOptions,
}

impl Source {
    fn loader<'a>(&'a self, cancel: &'a CancelToken) -> Loader<'a> {
        Loader { runtime: &self.runtime, files: &self.files, options: &self.options, cancel }
    }
}

/// The UNet's session and what was added to its graph.
#[derive(Debug)]
pub(super) struct InterceptedUnet {
    about: Unet,
    session: BoundSession,
    layers: Vec<String>,
    self_attention: Vec<String>,
    /// Whether it computes in half precision, whatever its inputs are.
    pub(super) is_half: bool,
    /// How many patches each self-attention layer had at the size that ran last.
    patches: Option<(Grid, Vec<usize>)>,
}

impl Sdxl {
    /// Loads the UNet of `folder`, and the other parts if the memory suffices for all; else these are loaded when they
    /// are needed. `report` is told the stage and the share of all that is done.
    ///
    /// # Errors
    /// [`Error::Graph`] where the UNet cannot be intercepted, [`Error::Runtime`] where ONNX Runtime refuses a part,
    /// [`Error::Cancelled`].
    pub fn load(
        runtime: &Runtime,
        folder: &ModelFolder,
        options: &SessionOptions,
        report: &mut dyn FnMut(&str, f32),
        cancel: &CancelToken,
    ) -> Result<Self> {
        let plan = MemoryPlan::of(folder, options.low_memory, Memory::now().available_bytes);
        let (runtime, files) = (runtime.clone(), folder.files.clone());
        let source = Source { runtime, files, options: plan.small_parts(options) };
        let loader = source.loader(cancel);
        let mut text_encoders = TextEncoders::new(&folder.text_encoders);
        let mut vae = Decoder::new(folder.vae.clone());
        if plan.keep == Keep::Loaded {
            report("Loading the text encoders", 0.0);
            text_encoders.load(&loader)?;
        }
        report("Loading the UNet", 0.15);
        let unet = Loader { options: &plan.unet(options), ..loader }.intercepted(&folder.unet)?;
        if plan.keep == Keep::Loaded {
            report("Loading the VAE", 0.85);
            vae.load(&source.loader(cancel))?;
        }
        Ok(Self { text_encoders, unet, vae, source, plan, _freed: GiveBack })
    }

    /// What is kept in memory.
    pub fn memory_plan(&self) -> &MemoryPlan {
        &self.plan
    }
}

impl Components for Sdxl {
    fn cross_attention_layers(&self) -> &[String] {
        &self.unet.layers
    }

    fn self_attention_layers(&self) -> &[String] {
        &self.unet.self_attention
    }

    fn takes_guidance(&self) -> bool {
        self.unet.about.guidance_width.is_some()
    }

    fn encode_text(&mut self, chunks: &[[Vec<i64>; 2]], cancel: &CancelToken) -> Result<TextEmbedding> {
        self.text_encoders.encode(&self.source.loader(cancel), chunks)
    }

    fn predict(&mut self, input: &UnetInput<'_>, cancel: &CancelToken) -> Result<Prediction> {
        if self.plan.keep == Keep::Released {
            self.text_encoders.release();
            self.vae.release();
        }
        self.unet.predict(input, cancel)
    }

    fn decode(
        &mut self,
        latents: ArrayView4<'_, f32>,
        report: &mut dyn FnMut(Progress),
        cancel: &CancelToken,
    ) -> Result<Array3<f32>> {
        self.vae.decode(&self.source.loader(cancel), latents, report)
    }

    fn widen_decoder(&mut self, cancel: &CancelToken) -> Result<bool> {
        self.vae.widen(&self.source.loader(cancel))
    }
}

impl InterceptedUnet {
    /// A graph that was exported for one row runs several one after the other.
    pub(super) fn predict(&mut self, input: &UnetInput<'_>, cancel: &CancelToken) -> Result<Prediction> {
        let rows = input.sample.len_of(Axis(0));
        if self.about.batch != Some(1) || rows == 1 {
            return self.predict_together(input, cancel);
        }
        let unconditional = unconditional(input.control);
        let mut every = Vec::with_capacity(rows);
        for row in 0..rows {
            every.push(self.predict_together(&row_alone(input, row, &unconditional), cancel)?);
        }
        let outputs: Vec<_> = every.iter().map(|one| one.output.view()).collect();
        let output = concatenate(Axis(0), &outputs).map_err(|error| Error::Internal(format!("{error}.")))?;
        Ok(Prediction { output, ..every.swap_remove(input.conditional_row) })
    }

    fn predict_together(&mut self, input: &UnetInput<'_>, cancel: &CancelToken) -> Result<Prediction> {
        let (rows, _, height, width) = input.sample.dim();
        let latent = Grid::new(height, width);
        if input.patch.is_some() && self.patches.as_ref().is_none_or(|(known, _)| *known != latent) {
            // Which patch a place is follows from a layer's number of patches, and that is known after a call.
            self.predict_together(&UnetInput { patch: None, ..input.clone() }, cancel)?;
        }
        for (port, array) in unet_inputs(&self.about, input)? {
            self.session.put(port, array.view())?;
        }
        let values = input.values.unwrap_or(input.context).into_dyn();
        self.session.put(&self.value_port()?, values)?;
        self.put_control(input)?;
        self.session.bind(contract::PATCH_ROWS, &self.patch_rows(input.patch)?)?;
        let is_scored = input.control.groups() >= 2;
        let (layers, self_attention) = (&self.layers, &self.self_attention);
        let (prediction, patches) = self.session.run("running the UNet", cancel, |outputs| {
            let output = array::<Ix4>(outputs, "out_sample")?.slice_move(s![..rows, .., .., ..]);
            let of_layers = |name: fn(&str) -> String| {
                layers.iter().map(|layer| array::<Ix2>(outputs, &name(layer))).collect::<Result<Vec<_>>>()
            };
            let maps = StepMaps(of_layers(contract::map_output)?);
            let scores = if is_scored { of_layers(contract::score_output)? } else { Vec::new() };
            let neutral = neutral(of_layers(contract::neutral_output)?, &maps);
            let rows = self_attention.iter().map(|layer| array::<Ix2>(outputs, &contract::row_output(layer)));
            let rows = rows.collect::<Result<Vec<_>>>()?;
            let patches = rows.iter().map(|row| row.ncols()).collect();
            let asked = rows.into_iter().filter(|row| row.nrows() > 0);
            let rows = asked.map(|row| row.index_axis_move(Axis(0), 0)).collect();
            Ok((Prediction { output, maps, neutral, scores: StepScores(scores), rows }, patches))
        })?;
        self.patches = Some((latent, patches));
        Ok(prediction)
    }

    /// Where the text goes that values are made from: like the text itself.
    fn value_port(&self) -> Result<Port> {
        let text = self.about.signature.input("encoder_hidden_states");
        let text = text.ok_or_else(|| Error::graph("unet", "it takes no text."))?;
        Ok(Port { name: contract::VALUE_STATES.into(), ..text.clone() })
    }

    /// The asked patch of each self-attention layer, [S, R] with R = 1, or R = 0 if none is.
    fn patch_rows(&self, patch: Option<Place>) -> Result<DynValue> {
        let rows = match patch.zip(self.patches.as_ref()) {
            None => Array2::zeros((self.self_attention.len(), 0)),
            Some((place, (latent, patches))) => {
                let row = |(name, &patches): (&String, &usize)| {
                    Ok(recorded_layer(name, patches, *latent)?.grid.patch_at(place) as i64)
                };
                let rows = self.self_attention.iter().zip(patches).map(row);
                Array1::from(rows.collect::<Result<Vec<_>>>()?).insert_axis(Axis(1))
            }
        };
        tensor::value(contract::PATCH_ROWS, rows.into_dyn())
    }

    /// Puts the inputs that interception added, as far as the graph has layers for them.
    fn put_control(&mut self, input: &UnetInput<'_>) -> Result<()> {
        let control = input.control;
        let temperature = control.inverse_temperature.of_layers(&self.self_attention);
        let (weights, groups) = (control.token_weight.clone(), control.token_group.clone());
        let strength = control.mask_strength.of_layers(&self.layers);
        let reduce = vec![control.mask_reduce.code()];
        let vectors = [
            (contract::INVERSE_TEMPERATURE, tensor::vector(contract::INVERSE_TEMPERATURE, temperature)?),
            (contract::TOKEN_WEIGHT, tensor::vector(contract::TOKEN_WEIGHT, weights)?),
            (contract::TOKEN_GROUP, tensor::vector(contract::TOKEN_GROUP, groups)?),
            (contract::MASK_STRENGTH, tensor::vector(contract::MASK_STRENGTH, strength)?),
            (contract::MASK_REDUCE, tensor::vector(contract::MASK_REDUCE, reduce)?),
            (
                contract::CONDITIONAL_ROW,
                tensor::vector(contract::CONDITIONAL_ROW, vec![input.conditional_row as i32])?,
            ),
        ];
        for (name, value) in vectors {
            if self.session.takes(name) {
                self.session.bind(name, &value)?;
            }
        }
        Ok(())
    }
}

/// The maps before mask and weights. A layer in which neither acted gave none; its map is neutral itself.
fn neutral(given: Vec<Array2<f32>>, maps: &StepMaps) -> Option<StepMaps> {
    if given.iter().all(|neutral| neutral.is_empty()) {
        return None;
    }
    let either =
        |(neutral, map): (Array2<f32>, &Array2<f32>)| if neutral.is_empty() { map.clone() } else { neutral };
    Some(StepMaps(given.into_iter().zip(&maps.0).map(either).collect()))
}

/// The UNet's own inputs, as many rows as `input` has. Exporters give `timestep` no dimension, or one named "steps"; where a graph does not say,
/// none fits both, because a scalar broadcasts to any shape and an array unsqueezes to one dimension too many. A
/// dimension named as the batch is one timestep for each row.
pub(super) fn unet_inputs<'a>(
    about: &'a Unet,
    input: &'a UnetInput<'_>,
) -> Result<Vec<(&'a Port, CowArray<'a, f32, IxDyn>)>> {
    let rows = input.sample.len_of(Axis(0));
    let signature = &about.signature;
    let batch = signature.input("sample").and_then(|port| port.shape.first());
    let inputs = signature.inputs.iter().map(|port| {
        let array = match port.name.as_str() {
            "sample" => input.sample.into_dyn().into(),
            "timestep" if port.shape.is_empty() => arr0(input.timestep).into_dyn().into(),
            "timestep" => {
                let count = if matches!(batch, Some(Dim::Named(_))) && port.shape.first() == batch {
                    rows
                } else {
                    1
                };
                Array1::from_elem(count, input.timestep).into_dyn().into()
            }
            "timestep_cond" => {
                let width = about.guidance_width.unwrap_or_default();
                guidance::embedding(input.guidance_scale, rows, width).into_dyn().into()
            }
            "encoder_hidden_states" => input.context.into_dyn().into(),
            "text_embeds" => input.pooled.into_dyn().into(),
            "time_ids" => input.time_ids.into_dyn().into(),
            other => {
                return Err(Error::graph(
                    "unet",
                    format!("it wants the input {other}, which is not SDXL's."),
                ));
            }
        };
        Ok((port, array))
    });
    inputs.collect()
}

/// Makes sessions of a folder's graphs without copying their weights.
pub(super) struct Loader<'a> {
    pub(super) runtime: &'a Runtime,
    pub(super) files: &'a Files,
    pub(super) options: &'a SessionOptions,
    pub(super) cancel: &'a CancelToken,
}

impl Loader<'_> {
    pub(super) fn plain(&self, file: &str, doing: &str) -> Result<Session> {
        let mut graph = self.graph(file, file)?;
        graph.unpack();
        self.session(graph, file, None, doing)
    }

    pub(super) fn intercepted(&self, about: &Unet) -> Result<InterceptedUnet> {
        let graph = self.stored(self.graph("unet", &about.file)?);
        let about = &Unet { signature: graph.signature(), ..about.clone() };
        let found = survey(&graph);
        let dialect = self.options.dialect();
        let Intercepted { graph, cross, self_attention } = intercept_in(dialect, graph, &found)?;
        if cross.is_empty() {
            let reason = found.unmatched.first().map_or_else(
                || "It has no softmax over text tokens.".to_owned(),
                |unmatched| {
                    format!(
                        "The first layer that was not understood is {}: {}",
                        unmatched.node, unmatched.reason
                    )
                },
            );
            return Err(Error::graph(
                "unet",
                format!(
                    "no cross-attention layer could be intercepted, so no word could be watched. {reason} Run \
                     `tauscope inspect` on the folder, and export the model anew with `optimum-cli export onnx`."
                ),
            ));
        }
        let domain = match dialect {
            Dialect::Operators => Some(operators::domain()),
            Dialect::Portable => None,
        };
        let domain = domain
            .transpose()
            .map_err(|error| super::failure::failed("registering the operators", &error))?;
        let session = BoundSession::new(self.session(graph, &about.file, domain, "loading the UNet")?)?;
        let is_half = cross.iter().any(|layer| layer.dtype == DType::F16);
        let layers = cross.into_iter().map(|layer| layer.name).collect();
        Ok(InterceptedUnet { about: about.clone(), session, layers, self_attention, is_half, patches: None })
    }

    /// The graph as it is run. The CPU computes in single precision; where weights are to stay as they are stored, each
    /// is cast right before it is used.
    pub(super) fn stored(&self, graph: Graph) -> Graph {
        let is_on_cpu = self.options.device.unwrap_or_default() == Device::Cpu;
        if is_on_cpu && !self.options.prepack { graph.clone().widened().unwrap_or(graph) } else { graph }
    }

    /// Reads a graph, if the device can run it.
    pub(super) fn graph(&self, name: &str, file: &str) -> Result<Graph> {
        self.cancel.check()?;
        let graph = Graph::parse(name, self.files.read(file)?)?;
        can_run::check(self.options.device.unwrap_or_default(), &graph)?;
        Ok(graph)
    }

    /// Weights in a file are mapped by ONNX Runtime; those of the embedded model are handed over as they are.
    pub(super) fn session(
        &self,
        mut graph: Graph,
        file: &str,
        operators: Option<OperatorDomain>,
        doing: &str,
    ) -> Result<Session> {
        let folder = weight_files::refer(&mut graph, file, self.files)?;
        open_session(
            self.runtime,
            &graph.to_bytes()?,
            folder.as_deref(),
            self.options,
            operators,
            doing,
            self.cancel,
        )
    }
}

/// An output by name in its documented number of dimensions.
pub(super) fn array<D: ndarray::Dimension>(
    outputs: &SessionOutputs<'_>,
    name: &str,
) -> Result<ndarray::Array<f32, D>> {
    let value: &DynValue =
        outputs.get(name).ok_or_else(|| Error::graph(name, "the output is missing from the graph."))?;
    tensor::output(name, value)?.into_dimensionality().map_err(|error| {
        Error::graph(name, format!("the output has an unexpected number of dimensions ({error})."))
    })
}
