//! Both text encoders: their sessions are made when a prompt comes that was not encoded before.

use ndarray::{Array2, Array3, Axis, Ix2, Ix3, concatenate, s};
use ort::session::Session;

use super::{embeddings::Embeddings, run, session_loader::SessionLoader, tensor};
use tauscope_core::{
    CancelToken,
    diffusion::TextEmbedding,
    error::{Error, Result},
    model::TextEncoder,
};

/// Both text encoders.
#[derive(Debug)]
pub(super) struct TextEncoders {
    encoders: [TextEncoder; 2],
    sessions: Option<[Session; 2]>,
    known: Embeddings,
}

impl TextEncoders {
    /// Not loaded yet.
    pub(super) fn new(encoders: &[TextEncoder; 2]) -> Self {
        Self { encoders: encoders.clone(), sessions: None, known: Embeddings::default() }
    }

    /// Makes the sessions if there are none.
    ///
    /// # Errors
    /// [`Error::Runtime`] where ONNX Runtime refuses one, [`Error::Cancelled`].
    pub(super) fn load(&mut self, loader: &SessionLoader<'_>) -> Result<()> {
        if self.sessions.is_none() {
            let [first, second] = &self.encoders;
            self.sessions = Some([
                loader.plain(&first.file, "loading text encoder 1")?,
                loader.plain(&second.file, "loading text encoder 2")?,
            ]);
        }
        Ok(())
    }

    /// Frees the sessions; what was encoded stays known.
    pub(super) fn release(&mut self) {
        self.sessions = None;
    }

    /// Encodes chunks of token ids, one `[ids of tokenizer, ids of tokenizer_2]` (77 each) a chunk.
    ///
    /// # Errors
    /// As [`Self::load`]; [`Error::Graph`] if the encoders do not fit together.
    pub(super) fn encode(
        &mut self,
        loader: &SessionLoader<'_>,
        chunks: &[[Vec<i64>; 2]],
    ) -> Result<TextEmbedding> {
        loader.cancel.check()?;
        if let Some(known) = self.known.find(chunks) {
            return Ok(known);
        }
        self.load(loader)?;
        let mut contexts: Vec<Array3<f32>> = Vec::with_capacity(chunks.len());
        let mut pooled = None;
        for chunk in chunks {
            let mut sides = Vec::with_capacity(2);
            let sessions = self.sessions.iter_mut().flatten();
            for ((ids, about), session) in chunk.iter().zip(&self.encoders).zip(sessions) {
                let (hidden, projected) = encode(about, session, ids, loader.cancel)?;
                sides.push(hidden);
                // Only the second encoder gives one, and that of the first chunk counts.
                pooled = pooled.or(projected);
            }
            contexts.push(joined(Axis(2), &sides)?);
        }
        let pooled = pooled.ok_or_else(|| Error::Internal("a prompt without chunks was encoded.".into()))?;
        let embedding = TextEmbedding { context: joined(Axis(1), &contexts)?, pooled };
        self.known.keep(chunks, embedding.clone());
        Ok(embedding)
    }
}

/// One chunk of 77 ids: the penultimate state [1, 77, D], and the projection [1, P] if this encoder has one.
fn encode(
    about: &TextEncoder,
    session: &mut Session,
    ids: &[i64],
    cancel: &CancelToken,
) -> Result<(Array3<f32>, Option<Array2<f32>>)> {
    let ids = tensor::ids(&about.ids, ids)?;
    run(session, vec![("input_ids", ids)], "encoding the prompt", cancel, |outputs| {
        let hidden = tensor::output::<Ix3>(outputs, &about.hidden_output)?.slice_move(s![..1, .., ..]);
        let pooled =
            about.pooled_output.as_deref().map(|name| tensor::output::<Ix2>(outputs, name)).transpose()?;
        Ok((hidden, pooled.map(|pooled| pooled.slice_move(s![..1, ..]))))
    })
}

fn joined(axis: Axis, parts: &[Array3<f32>]) -> Result<Array3<f32>> {
    let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
    concatenate(axis, &views).map_err(|error| {
        Error::graph("text_encoder", format!("the two text encoders' states do not fit together ({error})."))
    })
}
