//! Downloads from a hub that lives in the test: everything that can go wrong on the way, and what is on disk after it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use tauscope_core::{CancelToken, Error, Result};
use tauscope_hub::{Access, DownloadProgress, DownloadStage, Repository, Token, cached, download};
use tauscope_testing::hub::{COMMIT, Faults, Hub, NAME, checksum, files_of, is_large};
use tempfile::TempDir;

/// Size in bytes of the made-up weights, more than fits into one chunk of an answer.
const WEIGHTS: usize = 700_000;
const LARGE: &str = "unet/model.onnx_data";

/// A repository whose files only have the names of a model's.
fn files() -> BTreeMap<String, Vec<u8>> {
    let weights = || (0..WEIGHTS).map(|at| (at * at / 7) as u8).collect();
    let small = |name: &str| (name.to_owned(), format!("{{\"about\": \"{name}\"}}").into_bytes());
    let names = [
        "README.md",
        "model_index.json",
        "scheduler/scheduler_config.json",
        "text_encoder/model.onnx",
        "text_encoder_2/model.onnx",
        "tokenizer/vocab.json",
        "unet/config.json",
        "unet/model.onnx",
        "vae_decoder/model.onnx",
        "vae_encoder/model.onnx",
    ];
    let merges = ["tokenizer/merges.txt", "tokenizer_2/merges.txt"];
    names
        .map(small)
        .into_iter()
        .chain(merges.map(|name| (name.to_owned(), b"the same in both".to_vec())))
        .chain([(LARGE.to_owned(), weights()), ("unet/model.safetensors".to_owned(), weights())])
        .collect()
}

/// The files that are needed.
fn needed() -> BTreeMap<String, Vec<u8>> {
    let unneeded = ["README.md", "vae_encoder/model.onnx", "unet/model.safetensors"];
    files().into_iter().filter(|(name, _)| !unneeded.contains(&name.as_str())).collect()
}

/// A hub and an empty cache.
struct Bench {
    hub: Hub,
    cache: TempDir,
    token: Option<&'static str>,
}

impl Bench {
    fn new(faults: Faults) -> Self {
        Self { hub: Hub::start(files(), faults), cache: tempfile::tempdir().expect("a folder"), token: None }
    }

    fn access(&self) -> Access {
        Access {
            endpoint: self.hub.endpoint.clone(),
            token: self.token.and_then(Token::new),
            cache: self.cache.path().join("hub"),
            offline: false,
            first_pause: Duration::from_millis(1),
        }
    }

    fn download(&self) -> Result<PathBuf> {
        self.download_as(NAME, &mut |_| (), &CancelToken::new())
    }

    fn download_as(
        &self,
        name: &str,
        progress: &mut dyn FnMut(DownloadProgress),
        cancel: &CancelToken,
    ) -> Result<PathBuf> {
        download(&Repository::parse(name).expect("a name"), &self.access(), progress, cancel)
    }

    fn repository(&self) -> PathBuf {
        self.cache.path().join("hub/models--org--tiny-xl")
    }

    /// The names in `blobs`.
    fn blobs(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(self.repository().join("blobs")).into_iter().flatten();
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("Unicode")).collect()
    }

    fn part(&self) -> PathBuf {
        self.repository().join("blobs").join(format!("{}.incomplete", checksum(LARGE, &files()[LARGE])))
    }
}

#[track_caller]
fn check_message(outcome: &Result<PathBuf>, expected: &[&str]) {
    let Err(error) = outcome else { panic!("it was downloaded") };
    let message = error.to_string();
    for part in expected {
        assert!(message.contains(part), "{message}\nlacks: {part}");
    }
}

fn range(from: usize) -> Option<String> {
    Some(format!("bytes={from}-"))
}

/// The layout is huggingface_hub's, so that other programs find what was downloaded.
#[test]
#[cfg(unix)]
fn the_needed_files_have_huggingface_hubs_layout() {
    let bench = Bench::new(Faults::default());
    let mut reports = Vec::new();
    let snapshot = bench
        .download_as(
            NAME,
            &mut |progress| reports.push((progress.stage, progress.done_bytes, progress.total_bytes)),
            &CancelToken::new(),
        )
        .expect("a download");
    assert_eq!(snapshot, bench.repository().join("snapshots").join(COMMIT));
    assert_eq!(files_of(&snapshot), needed());
    let blobs: BTreeMap<_, _> =
        needed().into_iter().map(|(path, bytes)| (checksum(&path, &bytes), bytes)).collect();
    assert_eq!(files_of(&bench.repository().join("blobs")), blobs);
    for (path, bytes) in needed() {
        let up = if path.contains('/') { "../../../blobs" } else { "../../blobs" };
        let link = fs::read_link(snapshot.join(&path)).expect("a link");
        assert_eq!(link, PathBuf::from(up).join(checksum(&path, &bytes)), "{path}");
    }
    assert_eq!(fs::read_to_string(bench.repository().join("refs/main")).expect("a branch"), COMMIT);
    let models = cached(&bench.access().cache);
    assert_eq!((models.len(), models[0].repository.as_str(), &models[0].dir), (1, NAME, &snapshot));

    let total = blobs.values().map(|bytes| bytes.len() as u64).sum();
    assert_eq!(reports[..2], [(DownloadStage::Asking, 0, 0), (DownloadStage::Downloading, 0, total)]);
    assert_eq!(reports.last(), Some(&(DownloadStage::Downloading, total, total)));
    assert!(reports.is_sorted_by_key(|&(_, done, _)| done));
}

#[test]
fn what_is_there_is_not_fetched_again() {
    let bench = Bench::new(Faults::default());
    let first = bench.download().expect("a download");
    bench.hub.forget();
    assert_eq!(bench.download().expect("a download"), first);
    let asked: Vec<_> = bench.hub.asked().into_iter().map(|asked| asked.what).collect();
    assert_eq!(asked, ["list"]);
}

#[test]
fn only_what_was_lost_is_fetched_again() {
    let bench = Bench::new(Faults::default());
    let snapshot = bench.download().expect("a download");
    let blob = checksum("unet/config.json", &files()["unet/config.json"]);
    for lost in [bench.repository().join("blobs").join(blob), snapshot.join("unet/config.json")] {
        fs::remove_file(lost).expect("a removal");
    }
    bench.hub.forget();
    bench.download().expect("a download");
    let asked: Vec<_> = bench.hub.asked().into_iter().map(|asked| asked.what).collect();
    assert_eq!(asked, ["list", "unet/config.json"]);
    assert_eq!(files_of(&snapshot), needed());
}

#[test]
fn a_cut_connection_goes_on_where_it_was() {
    let cuts = BTreeMap::from([(LARGE, vec![300_000, 0, 200_000])]);
    let bench = Bench::new(Faults { cuts, ..Faults::default() });
    let snapshot = bench.download().expect("a download");
    assert_eq!(files_of(&snapshot), needed());
    assert_eq!(bench.hub.ranges(LARGE), [None, range(300_000), range(300_000), range(500_000)]);
}

#[test]
fn a_lost_connection_is_an_error_and_the_received_bytes_are_kept() {
    let cuts = BTreeMap::from([(LARGE, [vec![300_000], vec![0; 9]].concat())]);
    let bench = Bench::new(Faults { cuts, ..Faults::default() });
    check_message(&bench.download(), &["connection was lost", "continues where it stopped"]);
    assert_eq!(bench.part().metadata().expect("a part").len(), 300_000);
    assert!(cached(&bench.access().cache).is_empty());
    bench.hub.set(Faults::default());
    bench.hub.forget();
    bench.download().expect("a download");
    assert_eq!(bench.hub.ranges(LARGE), [range(300_000)]);
}

#[test]
fn a_hub_that_knows_no_ranges_is_asked_for_the_whole() {
    let cuts = BTreeMap::from([(LARGE, vec![300_000])]);
    let bench = Bench::new(Faults { cuts, ignores_ranges: true, ..Faults::default() });
    let snapshot = bench.download().expect("a download");
    assert_eq!(files_of(&snapshot), needed());
}

#[test]
fn wrong_bytes_are_fetched_once_more() {
    for file in [LARGE, "unet/config.json"] {
        let bench = Bench::new(Faults { wrong: [(file, 1)].into(), ..Faults::default() });
        let snapshot = bench.download().expect("a download");
        assert_eq!(files_of(&snapshot), needed());

        let bench = Bench::new(Faults { wrong: [(file, 2)].into(), ..Faults::default() });
        check_message(&bench.download(), &[file, "checksum differs", "Check HF_ENDPOINT"]);
        let sum = checksum(file, &files()[file]);
        assert!(bench.blobs().iter().all(|blob| !blob.starts_with(&sum)), "{:?}", bench.blobs());
    }
}

/// An earlier attempt may have left anything.
#[test]
fn a_wrong_beginning_is_thrown_away() {
    let bench = Bench::new(Faults::default());
    for (beginning, expected) in [
        (vec![7; 1000], vec![range(1000), None]),
        (vec![7; WEIGHTS], vec![None]),
        (vec![7; WEIGHTS + 1], vec![None]),
    ] {
        fs::create_dir_all(bench.part().parent().expect("a folder")).expect("a folder");
        fs::write(bench.part(), beginning).expect("a file");
        let snapshot = bench.download().expect("a download");
        assert_eq!(files_of(&snapshot), needed());
        assert_eq!(bench.hub.ranges(LARGE), expected);
        fs::remove_dir_all(bench.repository()).expect("a removal");
        bench.hub.forget();
    }
}

#[test]
fn a_repository_that_needs_a_token_gets_it_and_no_other_host_does() {
    let mut bench = Bench::new(Faults { token: Some("secret"), ..Faults::default() });
    check_message(&bench.download(), &["set HF_TOKEN, or accept the licence at http://127.0.0.1", NAME]);
    bench.token = Some("wrong");
    check_message(&bench.download(), &["the owner of this token", "Check HF_TOKEN"]);
    bench.token = Some("secret");
    bench.hub.forget();
    bench.download().expect("a download");
    let asked = bench.hub.asked();
    assert!(asked.iter().any(|asked| asked.of_storage) && asked.iter().any(|asked| !asked.of_storage));
    for asked in asked {
        let expected = (!asked.of_storage).then(|| "Bearer secret".to_owned());
        assert_eq!(asked.authorization, expected, "{asked:?}");
        assert_eq!(asked.of_storage, asked.of_storage && is_large(&asked.what));
    }
}

#[test]
fn refusals_say_what_to_do() {
    fn check(name: &str, first: &[(u16, &'static str)], expected: &[&str]) {
        let bench = Bench::new(Faults { first: first.to_vec(), ..Faults::default() });
        check_message(&bench.download_as(name, &mut |_| (), &CancelToken::new()), expected);
        assert!(bench.blobs().is_empty());
    }
    check("org/other", &[], &["neither a folder org/other nor a repository org/other", "Check the name"]);
    check("org/tiny-xl@gone", &[], &["org/tiny-xl has no revision gone"]);
    check(NAME, &[(403, "x-error-code: GatedRepo\r\n")], &["accepted its licence", "HF_TOKEN"]);
    check(NAME, &[(418, "")], &["418", "HF_ENDPOINT"]);
    check(NAME, &[(429, "retry-after: 3600\r\n")], &["the hub is busy (429", "try again later"]);
    check(NAME, &[(503, ""); 5], &["the hub is busy (503"]);
}

#[test]
fn a_busy_hub_is_waited_for_as_long_as_it_wants() {
    let first = vec![(429, "retry-after: 1\r\n"), (500, "")];
    let bench = Bench::new(Faults { first, ..Faults::default() });
    let (mut stages, begin) = (Vec::new(), Instant::now());
    let outcome = bench.download_as(NAME, &mut |progress| stages.push(progress.stage), &CancelToken::new());
    assert!(outcome.is_ok() && begin.elapsed() >= Duration::from_secs(1));
    assert_eq!(stages[..3], [DownloadStage::Asking, DownloadStage::TryingAgain, DownloadStage::TryingAgain]);
}

#[test]
fn offline_means_no_request() {
    let bench = Bench::new(Faults::default());
    let access = Access { offline: true, ..bench.access() };
    let repository = Repository::parse(NAME).expect("a name");
    let outcome = download(&repository, &access, &mut |_| (), &CancelToken::new());
    check_message(&outcome, &["HF_HUB_OFFLINE or --offline", NAME]);
    assert!(bench.hub.asked().is_empty());
}

#[test]
fn an_unreachable_hub_is_an_error() {
    let bench = Bench::new(Faults::default());
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("http://{}", nobody.local_addr().expect("an address"));
    drop(nobody);
    for (endpoint, expected) in
        [(endpoint.as_str(), "cannot be reached"), ("no address", "Check HF_ENDPOINT")]
    {
        let access = Access { endpoint: endpoint.to_owned(), ..bench.access() };
        let repository = Repository::parse(NAME).expect("a name");
        check_message(&download(&repository, &access, &mut |_| (), &CancelToken::new()), &[expected]);
    }
}

/// Cancelled while bytes come and while none do; the next download goes on with what has come.
#[test]
fn a_cancelled_download_stops_at_once_and_goes_on_later() {
    for stall in [300_000, 0] {
        let bench = Bench::new(Faults { stalls: [(LARGE, stall)].into(), ..Faults::default() });
        let cancel = CancelToken::new();
        let outcome = std::thread::scope(|scope| {
            let download = scope.spawn(|| bench.download_as(NAME, &mut |_| (), &cancel));
            let wait = Instant::now();
            let has_come = || bench.part().metadata().is_ok_and(|about| about.len() == stall as u64);
            while !(has_come() && bench.hub.ranges(LARGE).len() == 1) {
                assert!(wait.elapsed() < Duration::from_secs(20), "it never gets that far");
                std::thread::sleep(Duration::from_millis(5));
            }
            cancel.cancel();
            let begin = Instant::now();
            let outcome = download.join().expect("no panic");
            assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
            outcome
        });
        assert!(matches!(outcome, Err(Error::Cancelled)));
        let parts: Vec<_> = bench.blobs().into_iter().filter(|blob| blob.contains('.')).collect();
        assert_eq!(parts.len(), 1, "{parts:?}");
        bench.hub.set(Faults::default());
        bench.hub.forget();
        bench.download().expect("a download");
        assert_eq!(bench.hub.ranges(LARGE), [range(stall).filter(|_| stall > 0)]);
        assert!(bench.blobs().iter().all(|blob| !blob.contains('.')));
    }
}

#[test]
fn a_full_disk_is_an_error_before_the_download() {
    let bench = Bench::new(Faults { more_bytes: 1 << 60, ..Faults::default() });
    check_message(&bench.download(), &["org/tiny-xl needs ", " EB more on the disk of ", "HF_HOME"]);
    assert_eq!(bench.hub.asked().len(), 1);
}

#[test]
fn a_repository_for_pytorch_gives_the_command_that_exports_it() {
    let torch = files().into_iter().filter(|(name, _)| !name.contains(".onnx")).collect();
    let bench = Bench { hub: Hub::start(torch, Faults::default()), ..Bench::new(Faults::default()) };
    check_message(
        &bench.download(),
        &["only PyTorch weights", "optimum-cli export onnx --model \"org/tiny-xl\""],
    );
}

/// The layout of some exports: each in a folder, beside the PyTorch model.
#[test]
fn a_model_in_a_folder_of_the_repository_is_downloaded_alone() {
    let torch = || files().into_iter().filter(|(name, _)| !name.contains(".onnx"));
    let inside = |folder: &'static str| {
        files().into_iter().map(move |(name, bytes)| (format!("{folder}/{name}"), bytes))
    };
    let one: BTreeMap<_, _> = torch().chain(inside("onnx")).collect();
    let two: BTreeMap<_, _> = torch().chain(inside("onnx/fp16")).chain(inside("onnx/fp32")).collect();
    let check = |files: &BTreeMap<String, Vec<u8>>, name: &str, folder: &str| {
        let bench =
            Bench { hub: Hub::start(files.clone(), Faults::default()), ..Bench::new(Faults::default()) };
        let found = bench.download_as(name, &mut |_| (), &CancelToken::new()).expect("a download");
        let snapshot = bench.repository().join("snapshots").join(COMMIT);
        assert_eq!(found, snapshot.join(folder));
        assert_eq!(files_of(&found), needed());
        assert_eq!(files_of(&snapshot).len(), needed().len(), "nothing else came");
        let models = cached(&bench.access().cache);
        assert_eq!((models.len(), &models[0].dir), (1, &found));
        assert_eq!(models[0].repository, format!("{NAME}/{folder}"));
    };
    check(&one, NAME, "onnx");
    check(&one, &format!("{NAME}/onnx"), "onnx");
    check(&two, &format!("{NAME}/onnx/fp32"), "onnx/fp32");
    let bench = Bench { hub: Hub::start(two, Faults::default()), ..Bench::new(Faults::default()) };
    check_message(
        &bench.download(),
        &["several models", "Choose org/tiny-xl/onnx/fp16 or org/tiny-xl/onnx/fp32."],
    );
    assert!(bench.blobs().is_empty());
}

#[test]
fn a_branch_is_remembered_and_a_commit_needs_no_name() {
    let bench = Bench::new(Faults::default());
    let refs =
        || bench.repository().join("refs").exists().then(|| files_of(&bench.repository().join("refs")));
    let get = |name: &str| bench.download_as(name, &mut |_| (), &CancelToken::new()).expect("a download");
    let snapshot = get(&format!("{NAME}@{COMMIT}"));
    assert_eq!(refs(), None);
    assert_eq!(get(&format!("{NAME}@refs/pr/1")), snapshot);
    assert_eq!(refs(), Some([("refs/pr/1".to_owned(), COMMIT.into())].into()));
}

/// A lock keeps two programs from writing one file; the second uses what the first has fetched.
#[test]
fn two_at_once_fetch_once() {
    let bench = Bench::new(Faults::default());
    let locks = bench.cache.path().join("hub/.locks/models--org--tiny-xl");
    fs::create_dir_all(&locks).expect("a folder");
    let lock =
        fs::File::create(locks.join(format!("{}.lock", checksum(LARGE, &files()[LARGE])))).expect("a file");
    lock.lock().expect("a lock");
    let mut held = Some(lock);
    let outcome = bench.download_as(
        NAME,
        &mut |progress| {
            if progress.stage == DownloadStage::WaitingForAnother && held.is_some() {
                fs::write(bench.part().with_extension(""), &files()[LARGE])
                    .expect("what another program fetched");
                held = None;
            }
        },
        &CancelToken::new(),
    );
    assert!(outcome.is_ok() && held.is_none());
    assert_eq!(bench.hub.ranges(LARGE), [] as [Option<String>; 0]);
}

/// A lock is a file's own, so nobody else waits for it.
#[test]
fn whoever_waits_for_another_program_is_told_and_can_be_cancelled() {
    let bench = Bench::new(Faults::default());
    let locks = bench.cache.path().join("hub/.locks/models--org--tiny-xl");
    fs::create_dir_all(&locks).expect("a folder");
    let lock =
        fs::File::create(locks.join(format!("{}.lock", checksum(LARGE, &files()[LARGE])))).expect("a file");
    lock.lock().expect("a lock");
    let cancel = CancelToken::new();
    let mut is_told = false;
    let mut cancel_once_told = |progress: DownloadProgress| {
        if progress.stage == DownloadStage::WaitingForAnother {
            is_told = true;
            cancel.cancel();
        }
    };
    let outcome = bench.download_as(NAME, &mut cancel_once_told, &cancel);
    assert!(matches!(outcome, Err(Error::Cancelled)) && is_told, "{outcome:?}");
}
