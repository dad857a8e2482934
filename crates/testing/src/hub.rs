//! A hub to download from, with the faults that a test wants. It answers for one repository, sends its small files and
//! redirects to a storage on another host for its large ones, as the real one does.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex},
    thread,
};

use serde_json::{Value, json};
use sha2::Digest;

/// The repository's name.
pub const NAME: &str = "org/tiny-xl";
/// The commit that all its branches are at.
pub const COMMIT: &str = "00112233445566778899aabbccddeeff00112233";

/// What the hub does wrong, or requires.
#[derive(Default)]
pub struct Faults {
    /// The token that a request needs.
    pub token: Option<&'static str>,
    /// Answers that come before all others, each once: status, additional header lines.
    pub first: Vec<(u16, &'static str)>,
    /// By file: after how many bytes each of its first answers breaks off.
    pub cuts: BTreeMap<&'static str, Vec<usize>>,
    /// By file: how many of its first answers have a wrong byte.
    pub wrong: BTreeMap<&'static str, usize>,
    /// Sends whole files, whatever part was asked for.
    pub ignores_ranges: bool,
    /// By file: after how many bytes an answer stalls without ending.
    pub stalls: BTreeMap<&'static str, usize>,
    /// Bytes that the listing adds to the size of every large file.
    pub more_bytes: u64,
}

/// A request that was made.
#[derive(Clone, Debug)]
pub struct HubRequest {
    /// The file in the repository, or "list".
    pub what: String,
    /// Whether it went to the storage, which is another host.
    pub of_storage: bool,
    /// The header `Range`.
    pub range: Option<String>,
    /// The header `Authorization`.
    pub authorization: Option<String>,
}

/// A hub on ports of this machine. It serves until the test's process ends.
pub struct Hub {
    /// For `HF_ENDPOINT`.
    pub endpoint: String,
    shared: Arc<Shared>,
}

struct Shared {
    files: BTreeMap<String, Vec<u8>>,
    faults: Mutex<Faults>,
    asked: Mutex<Vec<HubRequest>>,
    storage: String,
}

/// What the hub keeps in its storage: graphs and weights.
pub fn is_large(path: &str) -> bool {
    path.contains(".onnx") || path.ends_with(".safetensors")
}

/// The name of a file in the cache.
pub fn checksum(path: &str, bytes: &[u8]) -> String {
    if is_large(path) {
        return hex(&sha2::Sha256::digest(bytes));
    }
    let mut sum = sha1::Sha1::new_with_prefix(format!("blob {}\0", bytes.len()));
    sum.update(bytes);
    hex(&sum.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string grows");
        text
    })
}

impl Hub {
    /// Serves these files of the repository [`NAME`].
    pub fn start(files: BTreeMap<String, Vec<u8>>, faults: Faults) -> Self {
        let listen = || TcpListener::bind("127.0.0.1:0").expect("a port");
        let (hub, storage) = (listen(), listen());
        let port = |listener: &TcpListener| listener.local_addr().expect("an address").port();
        let shared = Arc::new(Shared {
            files,
            faults: Mutex::new(faults),
            asked: Mutex::default(),
            // Another name is another host to a client that must not leak its token.
            storage: format!("http://localhost:{}", port(&storage)),
        });
        let endpoint = format!("http://127.0.0.1:{}", port(&hub));
        for (listener, of_storage) in [(hub, false), (storage, true)] {
            let shared = Arc::clone(&shared);
            spawn(move || {
                for stream in listener.incoming().flatten() {
                    let shared = Arc::clone(&shared);
                    // A client may go away at any time.
                    spawn(move || drop(shared.answer(&stream, of_storage)));
                }
            });
        }
        Self { endpoint, shared }
    }

    /// The requests so far.
    pub fn asked(&self) -> Vec<HubRequest> {
        self.shared.asked.lock().expect("no panic").clone()
    }

    /// The ranges of a file that were requested from the storage, in order.
    pub fn ranges(&self, file: &str) -> Vec<Option<String>> {
        let asked = self.asked().into_iter().filter(|asked| asked.of_storage && asked.what == file);
        asked.map(|asked| asked.range).collect()
    }

    /// Forgets the requests so far.
    pub fn forget(&self) {
        self.shared.asked.lock().expect("no panic").clear();
    }

    /// Replaces the faults from now on.
    pub fn set(&self, faults: Faults) {
        *self.shared.faults.lock().expect("no panic") = faults;
    }
}

fn spawn(work: impl FnOnce() + Send + 'static) {
    thread::Builder::new().name("fake hub".into()).spawn(work).expect("a thread");
}

impl Shared {
    fn answer(&self, stream: &TcpStream, of_storage: bool) -> std::io::Result<()> {
        let (path, headers) = request(stream)?;
        let header = |name: &str| headers.get(name).cloned();
        let list = format!("/api/models/{NAME}/revision/");
        let file =
            path.strip_prefix(&format!("/{NAME}/resolve/{COMMIT}/")).or(path.strip_prefix("/storage/"));
        let what = if path.starts_with(&list) { "list" } else { file.unwrap_or("unknown") }.to_owned();
        let asked = HubRequest {
            what: what.clone(),
            of_storage,
            range: header("range"),
            authorization: header("authorization"),
        };
        let offset = asked
            .range
            .as_deref()
            .and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
        let token = asked.authorization.clone();
        self.asked.lock().expect("no panic").push(asked);
        {
            let mut faults = self.faults.lock().expect("no panic");
            if let Some((status, lines)) = (!faults.first.is_empty()).then(|| faults.first.remove(0)) {
                return reply(stream, status, lines, b"");
            }
            let wanted = faults.token.map(|token| format!("Bearer {token}"));
            if wanted.is_some() && token != wanted && !of_storage {
                return reply(stream, 401, "x-error-code: RepoNotFound\r\n", b"");
            }
        }
        match (what.as_str(), self.files.get(&what)) {
            ("list", _) if path.ends_with("/revision/gone?blobs=true") => {
                reply(stream, 404, "x-error-code: RevisionNotFound\r\n", b"")
            }
            ("list", _) => reply(stream, 200, "", self.listing().to_string().as_bytes()),
            (_, Some(_)) if is_large(&what) && !of_storage => {
                reply(stream, 302, &format!("location: {}/storage/{what}\r\n", self.storage), b"")
            }
            (_, Some(bytes)) => self.send(stream, &what, bytes, offset),
            _ => reply(stream, 404, "x-error-code: RepoNotFound\r\n", b""),
        }
    }

    fn listing(&self) -> Value {
        let more = self.faults.lock().expect("no panic").more_bytes;
        let siblings = self.files.iter().map(|(path, bytes)| {
            let (size, sum) = (bytes.len() as u64, checksum(path, bytes));
            match is_large(path) {
                true => json!({"rfilename": path, "size": size + more, "blobId": "0".repeat(40),
                    "lfs": {"sha256": sum, "size": size + more, "pointerSize": 130}}),
                false => json!({"rfilename": path, "size": size, "blobId": sum}),
            }
        });
        json!({"id": NAME, "sha": COMMIT, "siblings": siblings.collect::<Vec<_>>()})
    }

    /// Sends a file from `offset` on, unless a fault is in the way.
    fn send(
        &self,
        mut stream: &TcpStream,
        what: &str,
        bytes: &[u8],
        offset: Option<usize>,
    ) -> std::io::Result<()> {
        let mut bytes = bytes.to_vec();
        let (cut, stall, offset) = {
            let mut faults = self.faults.lock().expect("no panic");
            if let Some(times @ 1..) = faults.wrong.get_mut(what) {
                *times -= 1;
                bytes[0] ^= 1;
            }
            let cut = faults.cuts.get_mut(what).filter(|cuts| !cuts.is_empty()).map(|cuts| cuts.remove(0));
            (cut, faults.stalls.get(what).copied(), offset.filter(|_| !faults.ignores_ranges))
        };
        let total = bytes.len();
        let rest = bytes.get(offset.unwrap_or(0)..).unwrap_or_default();
        let head = match offset {
            Some(offset) if rest.is_empty() => {
                return reply(stream, 416, &format!("content-range: bytes */{offset}\r\n"), b"");
            }
            Some(offset) => {
                format!("HTTP/1.1 206 Partial\r\ncontent-range: bytes {offset}-{}/{total}\r\n", total - 1)
            }
            None => "HTTP/1.1 200 OK\r\n".to_owned(),
        };
        let length = cut.or(stall).unwrap_or(rest.len()).min(rest.len());
        write!(stream, "{head}content-length: {}\r\nconnection: close\r\n\r\n", rest.len())?;
        stream.write_all(&rest[..length])?;
        stream.flush()?;
        if stall.is_some() {
            // Until the client goes away.
            let _ = BufReader::new(stream).read_line(&mut String::new());
        }
        Ok(())
    }
}

/// The path of a request and its headers.
fn request(stream: &TcpStream) -> std::io::Result<(String, BTreeMap<String, String>)> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().ok_or(std::io::ErrorKind::UnexpectedEof)??;
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = BTreeMap::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    Ok((path, headers))
}

fn reply(mut stream: &TcpStream, status: u16, lines: &str, body: &[u8]) -> std::io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} Status\r\n{lines}content-length: {length}\r\nconnection: close\r\n\r\n"
    )?;
    stream.write_all(body)
}

/// All files below a folder, by their paths in it.
pub fn files_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        let name = entry.file_name().expect("a name").to_str().expect("Unicode").to_owned();
        if entry.is_dir() {
            files.extend(files_of(&entry).into_iter().map(|(path, bytes)| (format!("{name}/{path}"), bytes)));
        } else {
            files.insert(name, std::fs::read(entry).expect("a file"));
        }
    }
    files
}
