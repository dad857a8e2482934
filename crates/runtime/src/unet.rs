//! The UNet with its attention opened: control goes in, the output and the maps of every layer come out.

use ndarray::{Array1, Array2, Axis, Ix2, Ix4, concatenate, s};
use ort::value::DynValue;

use super::{
    bound::BoundSession,
    failure::failed,
    fixed_shapes::{row_alone, unconditional},
    session_loader::SessionLoader,
    tensor,
    unet_inputs::unet_inputs,
};
use crate::operators;
use tauscope_core::{
    CancelToken,
    attention::{Grid, Place, Regions, StepMaps, StepScores},
    diffusion::{Prediction, UnetInput, recorded_layer},
    error::{Error, Result},
    model::Unet,
};
use tauscope_onnx::{DType, Dialect, Intercepted, Port, Unmatched, contract, intercept_in, survey};

/// The UNet's session, and the layers whose attention was intercepted.
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

impl InterceptedUnet {
    /// Reads the UNet that `about` describes, intercepts its attention and makes a session of it.
    ///
    /// # Errors
    /// [`Error::Graph`] if no cross-attention can be intercepted, and as [`SessionLoader::graph`] and
    /// [`SessionLoader::session`].
    pub(super) fn load(loader: &SessionLoader<'_>, about: &Unet) -> Result<Self> {
        let graph = loader.stored(loader.graph("unet", &about.file)?);
        let about = Unet { signature: graph.signature(), ..about.clone() };
        let found = survey(&graph);
        let dialect = loader.options.dialect();
        let Intercepted { graph, cross, self_attention } = intercept_in(dialect, graph, &found)?;
        if cross.is_empty() {
            return Err(nothing_intercepted(found.unmatched.first()));
        }
        let domain = match dialect {
            Dialect::Operators => Some(operators::domain()),
            Dialect::Portable => None,
        };
        let domain = domain.transpose().map_err(|error| failed("registering the operators", &error))?;
        let session = BoundSession::new(loader.session(graph, &about.file, domain, "loading the UNet")?)?;
        let is_half = cross.iter().any(|layer| layer.dtype == DType::F16);
        let layers = cross.into_iter().map(|layer| layer.name).collect();
        Ok(Self { about, session, layers, self_attention, is_half, patches: None })
    }

    /// The cross-attention layers whose maps it gives.
    pub(super) fn cross_attention_layers(&self) -> &[String] {
        &self.layers
    }

    /// The self-attention layers whose temperature it takes.
    pub(super) fn self_attention_layers(&self) -> &[String] {
        &self.self_attention
    }

    /// How wide its text is.
    pub(super) fn context_width(&self) -> usize {
        self.about.context_width
    }

    /// Whether the guidance scale is an input.
    pub(super) fn takes_guidance(&self) -> bool {
        self.about.guidance_width.is_some()
    }

    /// One call. A graph that was exported for one row runs several one after the other.
    ///
    /// # Errors
    /// [`Error::Runtime`], [`Error::Cancelled`], [`Error::Graph`] if an output is not as it was announced.
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
            // Which patch lies at a place follows from a layer's number of patches, which is known after a call.
            self.predict_together(&UnetInput { patch: None, ..input.clone() }, cancel)?;
        }
        for (port, array) in unet_inputs(&self.about, input)? {
            self.session.put(port, array.view())?;
        }
        let values = input.values.unwrap_or(input.context).into_dyn();
        self.session.put(&self.value_port()?, values)?;
        self.put_control(input)?;
        self.session.bind(contract::PATCH_ROWS, &self.patch_rows(input.patch)?)?;
        let is_scored = input.control.entities() >= 2;
        let (layers, self_attention) = (&self.layers, &self.self_attention);
        let (prediction, patches) = self.session.run("running the UNet", cancel, |outputs| {
            let output = tensor::output::<Ix4>(outputs, "out_sample")?.slice_move(s![..rows, .., .., ..]);
            let of_layers = |name: fn(&str) -> String| {
                layers
                    .iter()
                    .map(|layer| tensor::output::<Ix2>(outputs, &name(layer)))
                    .collect::<Result<Vec<_>>>()
            };
            let maps = StepMaps(of_layers(contract::map_output)?);
            let scores = if is_scored { of_layers(contract::score_output)? } else { Vec::new() };
            let neutral = neutral(of_layers(contract::neutral_output)?, &maps);
            let rows = self_attention
                .iter()
                .map(|layer| tensor::output::<Ix2>(outputs, &contract::row_output(layer)));
            let rows = rows.collect::<Result<Vec<_>>>()?;
            let patches = rows.iter().map(|row| row.ncols()).collect();
            let asked = rows.into_iter().filter(|row| row.nrows() > 0);
            let rows = asked.map(|row| row.index_axis_move(Axis(0), 0)).collect();
            Ok((Prediction { output, maps, neutral, scores: StepScores(scores), rows }, patches))
        })?;
        self.patches = Some((latent, patches));
        Ok(prediction)
    }

    /// The input for the text that values are made from, of the same type as the text itself.
    fn value_port(&self) -> Result<Port> {
        let text = self.about.signature.input("encoder_hidden_states");
        let text = text.ok_or_else(|| Error::graph("unet", "it takes no text."))?;
        Ok(Port { name: contract::VALUE_STATES.into(), ..text.clone() })
    }

    /// The patch of each self-attention layer at `patch`, [S, 1], or [S, 0] if none is asked for.
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

    /// Binds the inputs that interception added, as far as the graph has layers for them.
    fn put_control(&mut self, input: &UnetInput<'_>) -> Result<()> {
        let control = input.control;
        let temperature = control.inverse_temperature.of_layers(&self.self_attention);
        let (weights, groups) = (control.token_weight.clone(), control.token_entity.clone());
        let strength = control.mask_strength.of_layers(&self.layers);
        let reduce = vec![control.mask_reduce.code()];
        let (_, _, height, width) = input.sample.dim();
        let regions = control.regions.as_ref().map_or_else(
            || vec![Regions::ATTENTION_DECIDES; height * width],
            |regions| regions.of_layer(Grid::new(height, width)),
        );
        let regions = Array2::from_shape_vec((height, width), regions)
            .map_err(|error| Error::Internal(format!("{error}.")))?;
        let inputs = [
            (contract::INVERSE_TEMPERATURE, tensor::vector(contract::INVERSE_TEMPERATURE, temperature)?),
            (contract::TOKEN_WEIGHT, tensor::vector(contract::TOKEN_WEIGHT, weights)?),
            (contract::TOKEN_GROUP, tensor::vector(contract::TOKEN_GROUP, groups)?),
            (contract::MASK_STRENGTH, tensor::vector(contract::MASK_STRENGTH, strength)?),
            (contract::MASK_REDUCE, tensor::vector(contract::MASK_REDUCE, reduce)?),
            (
                contract::CONDITIONAL_ROW,
                tensor::vector(contract::CONDITIONAL_ROW, vec![input.conditional_row as i32])?,
            ),
            (contract::REGIONS, tensor::value(contract::REGIONS, regions.into_dyn())?),
        ];
        for (name, value) in inputs {
            if self.session.takes(name) {
                self.session.bind(name, &value)?;
            }
        }
        Ok(())
    }
}

/// The maps before mask and weights. A layer in which neither acts gives none: its map is neutral itself.
fn neutral(given: Vec<Array2<f32>>, maps: &StepMaps) -> Option<StepMaps> {
    if given.iter().all(|neutral| neutral.is_empty()) {
        return None;
    }
    let either =
        |(neutral, map): (Array2<f32>, &Array2<f32>)| if neutral.is_empty() { map.clone() } else { neutral };
    Some(StepMaps(given.into_iter().zip(&maps.0).map(either).collect()))
}

/// The error of a graph without layers that can be intercepted, with what is wrong with the first of them.
fn nothing_intercepted(unmatched: Option<&Unmatched>) -> Error {
    let reason = unmatched.map_or_else(
        || "It has no softmax over text tokens.".to_owned(),
        |Unmatched { node, reason, .. }| {
            format!("The first layer that was not understood is {node}: {reason}")
        },
    );
    Error::graph(
        "unet",
        format!(
            "no cross-attention layer could be intercepted, so no word could be watched. {reason} Run `tauscope \
             inspect` on the folder, and export the model again with `optimum-cli export onnx`."
        ),
    )
}
