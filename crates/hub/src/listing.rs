//! The files of a repository that make up its model.

use std::path::Path;

use serde::Deserialize;

use super::{
    Access, Repository, client::Client, needed::is_needed, refusal::refusal, repository::is_path,
    retries::Failure,
};
use tauscope_core::{
    CancelToken,
    error::{Error, Result},
    model::{ONLY_TORCH, export_command, snapshots::GRAPHS},
};

/// The longest list of files that is read.
const LONGEST_BYTES: usize = 32 << 20;

/// The files needed to paint.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listing {
    /// The revision's commit.
    pub(super) commit: String,
    /// The model's folder in the repository; "" for the repository itself.
    pub(super) folder: String,
    /// The files that the model needs, weights first, so that a graph never lacks its weights.
    pub(super) files: Vec<RemoteFile>,
}

/// A file on the hub.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RemoteFile {
    /// "unet/model.onnx"
    pub(super) path: String,
    /// Its length.
    pub(super) bytes: u64,
    /// Its checksum, which names its blob in the cache.
    pub(super) checksum: Checksum,
}

/// A file's checksum in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Checksum {
    /// SHA-256, for large files.
    Sha256(String),
    /// Git's blob SHA-1, for small files.
    GitBlob(String),
}

impl Checksum {
    /// The digits.
    pub(super) fn digits(&self) -> &str {
        match self {
            Self::Sha256(digits) | Self::GitBlob(digits) => digits,
        }
    }
}

/// The hub's JSON description of a repository.
#[derive(Deserialize)]
struct RepositoryInfo {
    sha: String,
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
    size: Option<u64>,
    #[serde(rename = "blobId")]
    blob_id: Option<String>,
    lfs: Option<Lfs>,
}

#[derive(Deserialize)]
struct Lfs {
    size: u64,
    sha256: String,
}

impl Listing {
    /// Requests the list from `url`.
    ///
    /// # Errors
    /// [`Failure`] if the hub refuses, or its answer holds no model.
    pub(super) fn fetch(
        client: &Client,
        url: &str,
        repository: &Repository,
        access: &Access,
        cancel: &CancelToken,
    ) -> Result<Self, Failure> {
        let answer = client.get(url, 0, cancel)?;
        if !answer.status.is_success() {
            return Err(refusal(answer.status, &answer.headers, repository, access));
        }
        let mut json = Vec::new();
        while let Some(bytes) = answer.next(cancel)? {
            json.extend(bytes);
            if json.len() > LONGEST_BYTES {
                return Err(unreadable(repository, &"the list of files is too long").into());
            }
        }
        Ok(Self::of(repository, &json)?)
    }

    fn of(repository: &Repository, json: &[u8]) -> Result<Self> {
        let info: RepositoryInfo =
            serde_json::from_slice(json).map_err(|error| unreadable(repository, &error))?;
        let names: Vec<_> = info.siblings.iter().map(|sibling| sibling.rfilename.clone()).collect();
        let folder = model_folder(repository, &names)?;
        if !is_digits(&info.sha, 40) {
            return Err(unreadable(repository, &"it has no valid commit"));
        }
        let inside = |name: &str| within(&folder, name).map(str::to_owned);
        let is_needed = |sibling: &Sibling| inside(&sibling.rfilename).is_some_and(|name| is_needed(&name));
        let needed = info.siblings.into_iter().filter(is_needed);
        let mut files = needed
            .map(|sibling| {
                let name = sibling.rfilename.clone();
                RemoteFile::of(sibling)
                    .ok_or_else(|| unreadable(repository, &format!("{name} has no checksum")))
            })
            .collect::<Result<Vec<_>>>()?;
        files.sort_by_cached_key(|file| (inside(&file.path).map(|path| rank(&path)), file.path.clone()));
        Ok(Self { commit: info.sha, folder, files })
    }
}

impl RemoteFile {
    fn of(Sibling { rfilename, size, blob_id, lfs }: Sibling) -> Option<Self> {
        let (bytes, checksum) = match lfs {
            Some(lfs) => (lfs.size, Checksum::Sha256(lfs.sha256)),
            None => (size?, Checksum::GitBlob(blob_id?)),
        };
        let length = if matches!(checksum, Checksum::Sha256(_)) { 64 } else { 40 };
        is_digits(checksum.digits(), length).then_some(Self { path: rfilename, bytes, checksum })
    }
}

/// Sorts weights first, then graphs, then other files, and `model_index.json`, which marks a model, last.
fn rank(path: &str) -> usize {
    match Path::new(path).extension().and_then(|end| end.to_str()) {
        _ if path == "model_index.json" => 3,
        Some("json" | "txt") => 2,
        Some("onnx") => 1,
        _ => 0,
    }
}

fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

/// A file's path relative to a folder of the repository ("" is the repository itself), if it is in that folder.
fn within<'a>(folder: &str, name: &'a str) -> Option<&'a str> {
    if folder.is_empty() { Some(name) } else { name.strip_prefix(folder)?.strip_prefix('/') }
}

/// The folder of the repository that holds the chosen model.
fn model_folder(repository: &Repository, names: &[String]) -> Result<String> {
    let [unet, ..] = GRAPHS;
    let folder_of = |name: &String| match name.strip_suffix(unet)? {
        "" => Some(String::new()),
        folder => folder.strip_suffix('/').filter(|folder| is_path(folder)).map(str::to_owned),
    };
    let missing = |folder: &String| {
        let has = |graph: &str| names.iter().any(|name| within(folder, name) == Some(graph));
        GRAPHS.into_iter().find(|graph| !has(graph))
    };
    let (mut whole, parts): (Vec<_>, Vec<_>) =
        names.iter().filter_map(folder_of).partition(|folder| missing(folder).is_none());
    whole.sort();
    let fault = |problem: String, remedy: String| Err(Error::model(repository.to_string(), problem, remedy));
    let other = || "Choose one that was exported with Hugging Face optimum.".to_owned();
    if let Some(folder) = repository.choose(&whole)? {
        return Ok(folder.to_owned());
    }
    let is_torch = |name: &String| [".safetensors", ".bin", ".ckpt"].iter().any(|end| name.ends_with(end));
    match (repository.folder(), parts.first()) {
        (Some(folder), _) if !whole.is_empty() => fault(
            format!("The folder {folder} of the repository holds no SDXL model in ONNX form."),
            repository.choose_advice(&whole),
        ),
        (_, Some(part)) => {
            let missing = missing(part).unwrap_or_default();
            fault(format!("The repository lacks {missing}, which an SDXL model in ONNX form has."), other())
        }
        _ if names.iter().any(is_torch) => fault(ONLY_TORCH.into(), export_command(repository.name())),
        _ => fault("The repository holds no SDXL model in ONNX form (unet/model.onnx).".into(), other()),
    }
}

fn unreadable(repository: &Repository, reason: &dyn std::fmt::Display) -> Error {
    let problem = format!("The hub's answer about {repository} cannot be read ({reason}).");
    Error::input(problem, "Check HF_ENDPOINT and the proxy, then try again.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SHA: &str = "0123456789012345678901234567890123456789";

    fn listing(name: &str, files: &[&str]) -> Result<Listing> {
        let siblings: Vec<_> =
            files.iter().map(|file| json!({"rfilename": file, "size": 1, "blobId": SHA})).collect();
        let told = json!({"sha": SHA, "siblings": siblings});
        Listing::of(&Repository::parse(name).unwrap(), told.to_string().as_bytes())
    }

    /// The graphs of a model in a folder ("" or "fp16/").
    fn graphs(folder: &str) -> Vec<String> {
        GRAPHS.map(|graph| format!("{folder}{graph}")).into()
    }

    #[test]
    fn weights_come_before_their_graphs_and_the_index_last() {
        fn check(folder: &str) {
            let more = ["model_index.json", "unet/config.json", "unet/model.onnx_data"];
            let files = [graphs(folder), more.map(|file| format!("{folder}{file}")).into()].concat();
            let files: Vec<_> = files.iter().map(String::as_str).collect();
            let found = listing("org/name", &files).unwrap().files;
            let paths: Vec<_> = found.iter().map(|file| file.path.strip_prefix(folder).unwrap()).collect();
            let expected = [
                "unet/model.onnx_data",
                "text_encoder/model.onnx",
                "text_encoder_2/model.onnx",
                "unet/model.onnx",
                "vae_decoder/model.onnx",
                "unet/config.json",
                "model_index.json",
            ];
            assert_eq!(paths, expected);
        }
        check("");
        check("onnx/fp16/");
    }

    #[test]
    fn only_the_files_of_one_model_are_listed() {
        fn check(name: &str, folders: &[&str], expected: &str) {
            let files: Vec<_> = folders.iter().flat_map(|folder| graphs(folder)).collect();
            let files: Vec<_> = files.iter().map(String::as_str).collect();
            let found = listing(name, &files).unwrap();
            assert_eq!(found.folder, expected, "{name}");
            let paths: Vec<_> = found.files.into_iter().map(|file| file.path).collect();
            let prefix = if expected.is_empty() { String::new() } else { format!("{expected}/") };
            let mut expected = graphs(&prefix);
            expected.sort();
            assert_eq!(paths, expected, "{name}");
        }
        check("org/name", &["", "fp16/"], "");
        check("org/name", &["onnx/"], "onnx");
        check("org/name/a/fp16", &["a/fp16/", "a/fp32/"], "a/fp16");
        check("org/name", &["onnx/", "../../"], "onnx");
    }

    #[test]
    fn a_repository_without_a_model_gets_advice() {
        fn check(name: &str, files: &[&str], expected: &str) {
            let message = listing(name, files).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        let command = "optimum-cli export onnx --model \"org/name\" --task text-to-image";
        check("org/name", &["unet/diffusion_pytorch_model.safetensors", "model_index.json"], command);
        check("org/name", &["README.md"], "no SDXL model in ONNX form");
        check("org/name", &["onnx/unet/model.onnx"], "lacks text_encoder/model.onnx");
        check("org/name", &["my_unet/model.onnx"], "no SDXL model in ONNX form");
        let two = [graphs("fp16/"), graphs("fp32/")].concat();
        let two: Vec<_> = two.iter().map(String::as_str).collect();
        check(
            "org/name",
            &two,
            "several models, each in a folder of its own. Choose org/name/fp16 or org/name/fp32.",
        );
        check(
            "org/name/int8",
            &two,
            "The folder int8 of the repository holds no SDXL model in ONNX form. Choose org/name/fp16 or",
        );
    }

    #[test]
    fn answers_that_name_no_file_are_refused() {
        fn check(told: &str) {
            let [_, others @ ..] = GRAPHS.map(|graph| json!({"rfilename": graph, "size": 1, "blobId": SHA}));
            let others = others.map(|graph| graph.to_string()).join(", ");
            let told = told.replace("SHA", SHA).replace("OTHERS", &others);
            let listing = Listing::of(&Repository::parse("org/name").unwrap(), told.as_bytes());
            let message = listing.unwrap_err().to_string();
            assert!(message.contains("cannot be read"), "{message}");
        }
        let of = |commit: &str, unet: &str| {
            format!(
                r#"{{"sha": "{commit}", "siblings": [OTHERS, {{"rfilename": "unet/model.onnx", {unet}}}]}}"#
            )
        };
        check("<html>");
        check(&of("../../x", r#""size": 1, "blobId": "SHA""#));
        check(&of("SHA", r#""size": 1, "blobId": "../x""#));
        check(&of("SHA", r#""size": 1"#));
        check(&of("SHA", r#""lfs": {"size": 1, "sha256": "SHA"}"#));
    }
}
