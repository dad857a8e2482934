//! Reads prompts as a model does, without its graphs; the window does so at every keystroke.

use std::sync::Arc;

use tauscope_core::{
    error::Result,
    model::{ModelFolder, TokenizerFiles, Words},
    prompt::{CHUNK_TOKENS, Entities, PhraseAlone, Prompt, Special, Tokenizer, Tokenizers},
};

/// A model's tokenizers and the words it knows.
pub struct Reader {
    tokenizers: Tokenizers,
    max_chunks: Option<usize>,
    words: Option<Words>,
}

impl Reader {
    /// For the model in `folder`.
    ///
    /// # Errors
    /// If a tokenizer's files are broken.
    pub fn of(folder: &ModelFolder) -> Result<Self> {
        let [first, second] = &folder.tokenizers;
        let tokenizers =
            Tokenizers { first: tokenizer(first)?, second: tokenizer(second)?, model: folder.fingerprint };
        let max_chunks = folder.unet.sequence_length.map(|tokens| tokens / CHUNK_TOKENS);
        Ok(Self { words: folder.words.clone(), ..Self::new(tokenizers, max_chunks) })
    }

    /// With these tokenizers, for a model that may have seen any word.
    pub fn new(tokenizers: Tokenizers, max_chunks: Option<usize>) -> Self {
        Self { tokenizers, max_chunks, words: None }
    }

    /// The prompt as the model sees it; what does not fit a graph of fixed length is cut off and noted in it.
    ///
    /// # Errors
    /// If a tokenizer fails.
    pub fn read(&self, text: &str) -> Result<Arc<Prompt>> {
        Prompt::parse(text, &self.tokenizers, self.max_chunks).map(Arc::new)
    }

    /// `known` if it is `text` as this model's tokenizers read it, else the text, read now.
    ///
    /// # Errors
    /// If a tokenizer fails.
    pub fn reuse_or_read(&self, known: Option<&Arc<Prompt>>, text: &str) -> Result<Arc<Prompt>> {
        let is_ours = |prompt: &&Arc<Prompt>| prompt.model == self.tokenizers.model && prompt.source == text;
        known.filter(is_ours).map_or_else(|| self.read(text), |known| Ok(Arc::clone(known)))
    }

    /// Every phrase of the entities, read alone, as far as the model sees it (Structured Diffusion, method.md 4).
    /// `prompt` must come from this reader.
    ///
    /// # Errors
    /// If a tokenizer fails.
    pub fn phrases_alone(&self, prompt: &Prompt, entities: &Entities) -> Result<Vec<PhraseAlone>> {
        let phrases = entities.list.iter().flat_map(|entity| &entity.phrases);
        let alone = phrases.map(|phrase| prompt.phrase_alone(&phrase.span, &self.tokenizers));
        let seen =
            |alone: &Result<PhraseAlone>| alone.as_ref().map_or(true, |alone| !alone.places.is_empty());
        alone.filter(seen).collect()
    }

    /// The most chunks of 77 that the model takes; `None` for any number.
    pub fn max_chunks(&self) -> Option<usize> {
        self.max_chunks
    }

    /// Whether the model is known never to have seen `word`.
    pub fn is_unseen(&self, word: &str) -> bool {
        self.words.as_ref().is_some_and(|words| words.is_unseen(word))
    }

    /// The words of a prompt that the model is known never to have seen, each once.
    pub fn unseen_words(&self, prompt: &Prompt) -> Vec<String> {
        let mut unseen: Vec<String> = Vec::new();
        for word in prompt.words.list.iter().filter(|word| word.content && self.is_unseen(&word.text)) {
            if !unseen.contains(&word.text) {
                unseen.push(word.text.clone());
            }
        }
        unseen
    }

    /// Prompts that the model paints well.
    pub fn examples(&self) -> &[String] {
        self.words.as_ref().map_or(&[], Words::examples)
    }
}

fn tokenizer(files: &TokenizerFiles) -> Result<Tokenizer> {
    let special = Special { start: files.start.clone(), end: files.end.clone(), pad: files.pad.clone() };
    match &files.json {
        Some(json) => Tokenizer::from_json(json, &special),
        None => {
            // `model` checks that these exist when the JSON does not.
            let bytes = |file: &Option<bytes::Bytes>| file.clone().unwrap_or_default();
            Tokenizer::from_vocab_merges(&bytes(&files.vocab), &bytes(&files.merges), &special)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;
    use tauscope_core::{model::Fingerprint, prompt::CHUNK_TOKENS};

    const PROMPTS: [&str; 4] = [
        "",
        "a red cat and two (dogs:1.2) on the beach!",
        "ZEBRAS, 42 of them; naïve café",
        "a <|endoftext|> b",
    ];

    /// The embedded model's folder with only these files in its tokenizers' folders.
    fn folder_with(tokenizer_files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let scenes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/scenes");
        for entry in fs::read_dir(&scenes).unwrap().map(Result::unwrap) {
            let to = folder.path().join(entry.file_name());
            if !entry.path().is_dir() {
                fs::copy(entry.path(), to).unwrap();
                continue;
            }
            fs::create_dir(&to).unwrap();
            let is_tokenizer = entry.file_name().to_string_lossy().starts_with("tokenizer");
            for file in fs::read_dir(entry.path()).unwrap().map(Result::unwrap) {
                let name = file.file_name().into_string().unwrap();
                if !is_tokenizer || tokenizer_files.contains(&name.as_str()) {
                    fs::copy(file.path(), to.join(name)).unwrap();
                }
            }
        }
        folder
    }

    #[test]
    fn a_prompt_is_read_once_unless_it_is_another_text_or_of_another_model() {
        let folder = ModelFolder::embedded().unwrap();
        let ours = Reader::of(&folder).unwrap();
        let theirs =
            Reader::of(&ModelFolder { fingerprint: Fingerprint::of_text("another"), ..folder }).unwrap();
        let check = |known: Option<&Arc<Prompt>>, text: &str, is_reused: bool| {
            let prompt = ours.reuse_or_read(known, text).unwrap();
            assert_eq!(prompt, ours.read(text).unwrap());
            assert_eq!(known.is_some_and(|known| Arc::ptr_eq(known, &prompt)), is_reused, "{known:?}");
        };
        check(None, "a cat", false);
        check(Some(&ours.read("a cat").unwrap()), "a cat", true);
        check(Some(&ours.read("a dog").unwrap()), "a cat", false);
        check(Some(&theirs.read("a cat").unwrap()), "a cat", false);
    }

    /// SDXL's own folders have no tokenizer.json. The second tokenizer fills up with "!", whose id is 0.
    #[test]
    fn folders_without_tokenizer_json_read_the_same_ids() {
        fn check(tokenizer_files: &[&str]) {
            let folder = folder_with(tokenizer_files);
            let model = ModelFolder::open(folder.path()).unwrap();
            assert!(model.tokenizers.iter().all(|files| files.json.is_none()));
            let (lean, whole) =
                (Reader::of(&model).unwrap(), Reader::of(&ModelFolder::embedded().unwrap()).unwrap());
            for prompt in PROMPTS {
                let (lean, whole) = (lean.read(prompt).unwrap(), whole.read(prompt).unwrap());
                assert_eq!(lean.chunks, whole.chunks, "{tokenizer_files:?}: {prompt}");
                let last = CHUNK_TOKENS - 1;
                assert_eq!(lean.chunks[0].each_ref().map(|ids| ids[last]), [711, 0], "{tokenizer_files:?}");
            }
        }
        check(&["vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"]);
        check(&["vocab.json", "merges.txt", "tokenizer_config.json"]);
        check(&["vocab.json", "merges.txt", "special_tokens_map.json"]);
    }
}
