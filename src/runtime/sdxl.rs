//! A model folder loaded into sessions: the [`Components`] that the text-to-image loop calls.

use std::borrow::Cow;

use ndarray::{Array1, Array2, Array3, Array4, ArrayView4, Axis, Ix2, Ix3, Ix4, aview0, aview1, concatenate};
use ort::{
    operator::OperatorDomain,
    session::{Session, SessionInputValue, SessionOutputs},
    value::DynValue,
};

use super::{Runtime, SessionOptions, open_session, run, tensor, weight_files};
use crate::{
    attention::{Grid, Place, StepMaps, StepScores},
    diffusion::{CancelToken, Components, Prediction, TextEmbedding, UnetInput, recorded_layer},
    error::{Error, Result},
    model::{Files, ModelFolder, TextEncoder, Unet, Vae},
    onnx::{DType, Dialect, Graph, Intercepted, Signature, contract, intercept_in, survey},
    operators,
};

type Inputs = Vec<(Cow<'static, str>, SessionInputValue<'static>)>;

/// The sessions of a model, its UNet intercepted.
#[derive(Debug)]
pub struct Sdxl {
    text_encoders: [(TextEncoder, Session); 2],
    unet: InterceptedUnet,
    vae: (Vae, Session),
}

/// The UNet's session and what was added to its graph.
#[derive(Debug)]
pub(super) struct InterceptedUnet {
    about: Unet,
    session: Session,
    layers: Vec<String>,
    self_attention: Vec<String>,
    /// How many patches each self-attention layer had at the size that ran last.
    patches: Option<(Grid, Vec<usize>)>,
}

impl Sdxl {
    /// Loads every part of `folder`. `report` is told the stage and the share of all that is done.
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
        let loader = Loader { runtime, files: &folder.files, options, cancel };
        let [first, second] = &folder.text_encoders;
        report("Loading the text encoders", 0.0);
        let text_encoders = [
            (first.clone(), loader.plain(&first.file, "loading text encoder 1")?),
            (second.clone(), loader.plain(&second.file, "loading text encoder 2")?),
        ];
        report("Loading the UNet", 0.15);
        let unet = loader.intercepted(&folder.unet)?;
        report("Loading the VAE", 0.85);
        let vae = (folder.vae.clone(), loader.plain(&folder.vae.file, "loading the VAE")?);
        Ok(Self { text_encoders, unet, vae })
    }
}

impl Components for Sdxl {
    fn cross_attention_layers(&self) -> &[String] {
        &self.unet.layers
    }

    fn self_attention_layers(&self) -> &[String] {
        &self.unet.self_attention
    }

    fn encode_text(&mut self, chunks: &[[Vec<i64>; 2]], cancel: &CancelToken) -> Result<TextEmbedding> {
        let mut contexts: Vec<Array3<f32>> = Vec::with_capacity(chunks.len());
        let mut pooled = None;
        for chunk in chunks {
            let mut sides = Vec::with_capacity(2);
            for (ids, (about, session)) in chunk.iter().zip(&mut self.text_encoders) {
                let (hidden, projected) = encode(about, session, ids, cancel)?;
                sides.push(hidden);
                // Both the second encoder and the first chunk have the say.
                pooled = pooled.or(projected);
            }
            contexts.push(joined(Axis(2), &sides)?);
        }
        let pooled = pooled.ok_or_else(|| Error::Internal("a prompt without chunks was encoded.".into()))?;
        Ok(TextEmbedding { context: joined(Axis(1), &contexts)?, pooled })
    }

    fn predict(&mut self, input: &UnetInput<'_>, cancel: &CancelToken) -> Result<Prediction> {
        self.unet.predict(input, cancel)
    }

    fn decode(&mut self, latents: ArrayView4<'_, f32>, cancel: &CancelToken) -> Result<Array3<f32>> {
        let (about, session) = &mut self.vae;
        let port =
            about.signature.inputs.first().ok_or_else(|| Error::graph("vae_decoder", "it has no input."))?;
        let scaled = unscaled(about, latents);
        let inputs = vec![(Cow::from(&port.name), tensor::input(port, scaled.view())?)];
        let sample =
            run(session, inputs, "decoding the picture", cancel, |outputs| array::<Ix4>(outputs, "sample"))?;
        // From -1..1 to 0..1. A NaN stays one, so that it is noticed.
        Ok(sample.index_axis_move(Axis(0), 0).mapv_into(|value| (value / 2.0 + 0.5).clamp(0.0, 1.0)))
    }
}

impl InterceptedUnet {
    pub(super) fn predict(&mut self, input: &UnetInput<'_>, cancel: &CancelToken) -> Result<Prediction> {
        let (_, _, height, width) = input.sample.dim();
        let latent = Grid::new(height, width);
        if input.patch.is_some() && self.patches.as_ref().is_none_or(|(known, _)| *known != latent) {
            // Which patch a place is follows from a layer's number of patches, and that is known after a call.
            self.predict(&UnetInput { patch: None, ..input.clone() }, cancel)?;
        }
        let mut inputs = unet_inputs(&self.about.signature, input)?;
        inputs.extend(self.control(input)?);
        inputs.push((contract::VALUE_STATES.into(), self.value_states(input)?.into()));
        inputs.push((contract::PATCH_ROWS.into(), self.patch_rows(input.patch)?.into()));
        let is_scored = input.control.groups() >= 2;
        let (layers, self_attention) = (&self.layers, &self.self_attention);
        let (prediction, patches) = run(&mut self.session, inputs, "running the UNet", cancel, |outputs| {
            let output = array::<Ix4>(outputs, "out_sample")?;
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

    /// What values are made from, typed as the text.
    fn value_states(&self, input: &UnetInput<'_>) -> Result<DynValue> {
        let text = self.about.signature.input("encoder_hidden_states");
        let text = text.ok_or_else(|| Error::graph("unet", "it takes no text."))?;
        tensor::input(text, input.values.unwrap_or(input.context))
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

    /// The inputs that interception added, as far as the graph has layers for them.
    fn control(&self, input: &UnetInput<'_>) -> Result<Inputs> {
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
        let taken = |name: &str| self.session.inputs().iter().any(|input| input.name() == name);
        Ok(vectors
            .into_iter()
            .filter(|(name, _)| taken(name))
            .map(|(name, value)| (Cow::from(name), value.into()))
            .collect())
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

/// The UNet's own inputs. Exporters give `timestep` no dimension, or one named "steps"; where a graph does not say,
/// none fits both, because a scalar broadcasts to any shape and an array unsqueezes to one dimension too many.
pub(super) fn unet_inputs(signature: &Signature, input: &UnetInput<'_>) -> Result<Inputs> {
    let inputs = signature.inputs.iter().map(|port| {
        let value = match port.name.as_str() {
            "sample" => tensor::input(port, input.sample)?,
            "timestep" if port.shape.is_empty() => tensor::input(port, aview0(&input.timestep))?,
            "timestep" => tensor::input(port, aview1(&[input.timestep]))?,
            "encoder_hidden_states" => tensor::input(port, input.context)?,
            "text_embeds" => tensor::input(port, input.pooled)?,
            "time_ids" => tensor::input(port, input.time_ids)?,
            other => {
                return Err(Error::graph(
                    "unet",
                    format!("it wants the input {other}, which is not SDXL's."),
                ));
            }
        };
        Ok((Cow::from(port.name.clone()), value.into()))
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
        self.cancel.check()?;
        let graph = Graph::parse(file, self.files.read(file)?)?;
        self.session(graph, file, None, doing)
    }

    pub(super) fn intercepted(&self, about: &Unet) -> Result<InterceptedUnet> {
        self.cancel.check()?;
        let graph = Graph::parse("unet", self.files.read(&about.file)?)?;
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
        let session = self.session(graph, &about.file, domain, "loading the UNet")?;
        let layers = cross.into_iter().map(|layer| layer.name).collect();
        Ok(InterceptedUnet { about: about.clone(), session, layers, self_attention, patches: None })
    }

    /// Weights in a file are mapped by ONNX Runtime; those of the embedded model are handed over as they are.
    fn session(
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

/// One chunk of 77 ids: the penultimate state [1, 77, D], and the projection [1, P] if this encoder has one.
fn encode(
    about: &TextEncoder,
    session: &mut Session,
    ids: &[i64],
    cancel: &CancelToken,
) -> Result<(Array3<f32>, Option<Array2<f32>>)> {
    let row = |values: Vec<i64>| {
        Array2::from_shape_vec((1, ids.len()), values).map_err(|e| Error::Internal(format!("{e}.")))
    };
    let ids = match about.ids {
        DType::I32 => tensor::value("input_ids", row(ids.to_vec())?.mapv(|id| id as i32).into_dyn())?,
        _ => tensor::value("input_ids", row(ids.to_vec())?.into_dyn())?,
    };
    run(session, vec![("input_ids", ids)], "encoding the prompt", cancel, |outputs| {
        let hidden = array::<Ix3>(outputs, &about.hidden_output)?;
        let pooled = about.pooled_output.as_deref().map(|name| array::<Ix2>(outputs, name)).transpose()?;
        Ok((hidden, pooled))
    })
}

/// Latents as the VAE wants them (diffusers: `latents * std / scaling_factor + mean`).
fn unscaled(about: &Vae, latents: ArrayView4<'_, f32>) -> Array4<f32> {
    let mut scaled = latents.mapv(|value| value / about.scaling_factor as f32);
    if let (Some(mean), Some(std)) = (&about.latents_mean, &about.latents_std) {
        for ((mut channel, mean), std) in scaled.axis_iter_mut(Axis(1)).zip(mean).zip(std) {
            channel.mapv_inplace(|value| value * *std as f32 + *mean as f32);
        }
    }
    scaled
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

fn joined(axis: Axis, parts: &[Array3<f32>]) -> Result<Array3<f32>> {
    let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
    concatenate(axis, &views).map_err(|error| {
        Error::graph("text_encoder", format!("the two text encoders' states do not fit together ({error})."))
    })
}
