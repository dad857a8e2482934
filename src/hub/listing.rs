//! Which files a repository has, as far as a model is made of them.

use std::path::Path;

use serde::Deserialize;

use super::{Access, Repository, client::Client, needed::is_needed, patience::Trouble, refusal::refusal};
use crate::{
    diffusion::CancelToken,
    error::{Error, Result},
    model::{ONLY_TORCH, export_command},
};

/// More than any list of files.
const LONGEST_BYTES: usize = 32 << 20;

/// What has to be there to paint.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listing {
    /// The revision's commit.
    pub(super) commit: String,
    /// What the model needs, weights first, so that a graph that is there has its weights.
    pub(super) files: Vec<RemoteFile>,
}

/// A file on the hub.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RemoteFile {
    /// "unet/model.onnx"
    pub(super) path: String,
    /// Its length.
    pub(super) bytes: u64,
    /// What its bytes add up to; the cache calls the file by it.
    pub(super) checksum: Checksum,
}

/// What a file's bytes have to add up to, in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Checksum {
    /// SHA-256, of large files.
    Sha256(String),
    /// SHA-1 as git names a blob, of small files.
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

/// The hub's own words.
#[derive(Deserialize)]
struct Told {
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
    /// Asks the hub at `url`.
    pub(super) fn fetch(
        client: &Client,
        url: &str,
        repository: &Repository,
        access: &Access,
        cancel: &CancelToken,
    ) -> Result<Self, Trouble> {
        let answer = client.get(url, 0, cancel)?;
        if !answer.status.is_success() {
            return Err(refusal(answer.status, &answer.headers, repository, access));
        }
        let mut json = Vec::new();
        while let Some(bytes) = answer.next(cancel)? {
            json.extend(bytes);
            if json.len() > LONGEST_BYTES {
                return Err(strange(repository, &"the list of files is endless").into());
            }
        }
        Ok(Self::of(repository, &json)?)
    }

    fn of(repository: &Repository, json: &[u8]) -> Result<Self> {
        let told: Told = serde_json::from_slice(json).map_err(|error| strange(repository, &error))?;
        let names: Vec<_> = told.siblings.iter().map(|sibling| sibling.rfilename.clone()).collect();
        if !names.iter().any(|name| name == "unet/model.onnx") {
            return Err(unusable(repository, &names));
        }
        if !is_digits(&told.sha, 40) {
            return Err(strange(repository, &"the commit is none"));
        }
        let needed = told.siblings.into_iter().filter(|sibling| is_needed(&sibling.rfilename));
        let mut files = needed
            .map(|sibling| {
                let name = sibling.rfilename.clone();
                RemoteFile::of(sibling).ok_or_else(|| strange(repository, &format!("{name} has no checksum")))
            })
            .collect::<Result<Vec<_>>>()?;
        files.sort_by_cached_key(|file| (rank(&file.path), file.path.clone()));
        Ok(Self { commit: told.sha, files })
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

/// Weights come first, then graphs, then the rest, and last of all what makes a folder a model.
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

/// A repository without the graphs.
fn unusable(repository: &Repository, names: &[String]) -> Error {
    let is_torch = |name: &String| [".safetensors", ".bin", ".ckpt"].iter().any(|end| name.ends_with(end));
    let below = names.iter().find_map(|name| name.strip_suffix("/unet/model.onnx"));
    if let Some(folder) = below {
        let problem = "Its model lies in a folder of the repository, which Tauscope does not look into.";
        Error::model(
            repository.to_string(),
            problem,
            format!(
                "Download the repository with `hf download {}` and open its folder {folder}.",
                repository.name()
            ),
        )
    } else if names.iter().any(is_torch) {
        Error::model(repository.to_string(), ONLY_TORCH, export_command(repository.name()))
    } else {
        let problem = "The repository holds no SDXL model in ONNX form (unet/model.onnx).";
        Error::model(
            repository.to_string(),
            problem,
            "Choose one that was exported with Hugging Face optimum.",
        )
    }
}

fn strange(repository: &Repository, reason: &dyn std::fmt::Display) -> Error {
    let problem = format!("The hub's answer about {repository} cannot be read ({reason}).");
    Error::input(problem, "Check HF_ENDPOINT and the proxy, then try again.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SHA: &str = "0123456789012345678901234567890123456789";

    fn listing(files: &[&str]) -> Result<Listing> {
        let siblings: Vec<_> =
            files.iter().map(|file| json!({"rfilename": file, "size": 1, "blobId": SHA})).collect();
        let told = json!({"sha": SHA, "siblings": siblings});
        Listing::of(&Repository::parse("org/name").unwrap(), told.to_string().as_bytes())
    }

    #[test]
    fn weights_come_before_their_graphs_and_the_index_last() {
        let files = ["model_index.json", "unet/config.json", "unet/model.onnx", "unet/model.onnx_data"];
        let paths: Vec<_> = listing(&files).unwrap().files.into_iter().map(|file| file.path).collect();
        assert_eq!(
            paths,
            ["unet/model.onnx_data", "unet/model.onnx", "unet/config.json", "model_index.json"]
        );
    }

    #[test]
    fn a_repository_without_graphs_is_told_what_to_do() {
        fn check(files: &[&str], expected: &str) {
            let message = listing(files).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        let command = "optimum-cli export onnx --model \"org/name\" --task text-to-image";
        check(&["unet/diffusion_pytorch_model.safetensors", "model_index.json"], command);
        check(&["README.md"], "no SDXL model in ONNX form");
        check(&["onnx/unet/model.onnx"], "`hf download org/name` and open its folder onnx.");
    }

    #[test]
    fn answers_that_name_no_file_are_refused() {
        fn check(told: &str) {
            let told = told.replace("SHA", SHA);
            let listing = Listing::of(&Repository::parse("org/name").unwrap(), told.as_bytes());
            let message = listing.unwrap_err().to_string();
            assert!(message.contains("cannot be read"), "{message}");
        }
        check("<html>");
        check(
            r#"{"sha": "../../x", "siblings": [{"rfilename": "unet/model.onnx", "size": 1, "blobId": "SHA"}]}"#,
        );
        check(
            r#"{"sha": "SHA", "siblings": [{"rfilename": "unet/model.onnx", "size": 1, "blobId": "../x"}]}"#,
        );
        check(r#"{"sha": "SHA", "siblings": [{"rfilename": "unet/model.onnx", "size": 1}]}"#);
        check(
            r#"{"sha": "SHA", "siblings": [{"rfilename": "unet/model.onnx", "lfs": {"size": 1, "sha256": "SHA"}}]}"#,
        );
    }
}
