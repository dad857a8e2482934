//! Makes one run of the shards of a study.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::{
    RunFolder, Shard, Shot,
    features::{Found, Rows},
    files::{ANSWERS, PEOPLE, PICTURES, PICTURES_LINES, SCORES, features_file, lines_file, read_judges},
    lines,
};
use tauscope_core::{
    error::{Error, Result},
    write_file,
};

/// What every kind of line says.
#[derive(Deserialize)]
struct AnyLine {
    #[serde(flatten)]
    shot: Shot,
    #[serde(default)]
    picture: Option<String>,
}

/// Makes one run in `out` of all shards of a study, in any order. Its lines are those of the shards, in the order in which
/// one painter alone would have written them. A merge that was stopped goes on.
///
/// # Errors
/// [`Error::Input`] if the folders are not the finished shards of one study, judged by the same judges, with what differs
/// or is missing; [`Error::File`].
pub fn merge(folders: &[PathBuf], out: &Path) -> Result<()> {
    let mut shards = folders.iter().map(|folder| RunFolder::open(folder)).collect::<Result<Vec<_>>>()?;
    shards.sort_by_key(RunFolder::shard);
    check(&shards)?;
    let Some(first) = shards.first() else { return Ok(()) };
    let mut whole = RunFolder::create(out, first.plan(), first.model(), Shard::WHOLE)?;
    merge_pictures(&shards, &mut whole)?;
    for (judge, fingerprint) in read_judges(first.path())? {
        // Notes the judge.
        whole.judge_files(&judge, &fingerprint)?;
        for kind in [ANSWERS, SCORES] {
            merge_lines(&shards, &whole, |root| lines_file(root, kind, &judge))?;
        }
        merge_features(&shards, &whole, &judge)?;
    }
    merge_people(&shards, &whole)?;
    let known = RunFolder::notices(out)?;
    for shard in &shards {
        let notices = RunFolder::notices(shard.path())?;
        notices.iter().filter(|notice| !known.contains(notice)).try_for_each(|notice| whole.note(notice))?;
    }
    Ok(())
}

/// Copies what people answered: a reviewer's lines of all shards are that reviewer's lines of the whole.
fn merge_people(shards: &[RunFolder], whole: &RunFolder) -> Result<()> {
    let mut reviewers: BTreeMap<OsString, Vec<u8>> = BTreeMap::new();
    for shard in shards {
        let Ok(files) = fs::read_dir(shard.path().join(PEOPLE)) else { continue };
        for file in files {
            let path = file.map_err(Error::reading(shard.path()))?.path();
            if path.extension().is_some_and(|ending| ending == "jsonl")
                && let Some(name) = path.file_name()
            {
                let lines = lines::whole_lines(&path)?;
                reviewers.entry(name.to_owned()).or_default().extend(lines.into_bytes());
            }
        }
    }
    let people = whole.path().join(PEOPLE);
    if !reviewers.is_empty() {
        fs::create_dir_all(&people).map_err(Error::writing(&people))?;
    }
    let write = |(name, lines): (OsString, Vec<u8>)| {
        write_file(&people.join(name), |file| std::io::Write::write_all(file, &lines))
    };
    reviewers.into_iter().try_for_each(write)
}

/// Checks that these, sorted, are the shards of one study, each finished.
fn check(shards: &[RunFolder]) -> Result<()> {
    let Some(first) = shards.first() else {
        return Err(Error::input("There is nothing to merge.", "Name the folders of a study's shards."));
    };
    for shard in shards {
        let mut expected = first.manifest().clone();
        expected.shard = shard.shard();
        let mut differences = shard.manifest().differences(&expected);
        if shard.shard().of() != first.shard().of() {
            differences.push(format!("it is part {}, not {}", first.shard(), shard.shard()));
        }
        if !differences.is_empty() {
            return Err(Error::input(
                format!(
                    "{} and {} are not of the same study: of the first, {}.",
                    shard.path().display(),
                    first.path().display(),
                    differences.join("; ")
                ),
                "Merge the shards of one study.",
            ));
        }
        if read_judges(shard.path())? != read_judges(first.path())? {
            return Err(Error::input(
                format!("{} and {} had other judges.", shard.path().display(), first.path().display()),
                "Run the shards again with the same judges: what is painted stays, and only they are asked.",
            ));
        }
        let missing = shard.total() - shard.painted() - shard.failed();
        if missing > 0 {
            return Err(Error::input(
                format!("{} lacks {missing} of its {} pictures.", shard.path().display(), shard.total()),
                "Run this shard to its end first.",
            ));
        }
    }
    let of = first.shard().of();
    let count = |number| shards.iter().filter(|shard| shard.shard().number() == number).count();
    let wrong = |wanted: &dyn Fn(usize) -> bool| {
        let numbers = (1..=of).filter(|&number| wanted(count(number)));
        numbers.map(|number| format!("{number}/{of}")).collect::<Vec<_>>().join(", ")
    };
    let (missing, repeated) = (wrong(&|count| count == 0), wrong(&|count| count > 1));
    for (shards, problem) in [(missing, "are missing"), (repeated, "are there twice")] {
        if !shards.is_empty() {
            return Err(Error::input(
                format!("These shards of the study {problem}: {shards}."),
                "Name the folder of each shard once.",
            ));
        }
    }
    Ok(())
}

/// Takes over the pictures and their lines.
fn merge_pictures(shards: &[RunFolder], whole: &mut RunFolder) -> Result<()> {
    let mut found: BTreeMap<usize, (&RunFolder, AnyLine, String)> = BTreeMap::new();
    for shard in shards {
        for (line, text) in lines::read_with_text::<AnyLine>(&shard.path().join(PICTURES_LINES))? {
            if let Some(number) = shard.shots().number(&line.shot) {
                found.insert(number, (shard, line, text));
            }
        }
    }
    for (number, (shard, line, text)) in found {
        if whole.ended(number).is_some() {
            continue;
        }
        if line.picture.is_some() {
            let file = Path::new(PICTURES).join(whole.shots().file_name(number));
            link(&shard.path().join(&file), &whole.path().join(&file))?;
        }
        whole.add_text(number, &text, line.picture.is_some())?;
    }
    Ok(())
}

/// Takes over a judge's lines, in order. What a stopped merge left is replaced.
fn merge_lines(shards: &[RunFolder], whole: &RunFolder, file: impl Fn(&Path) -> PathBuf) -> Result<()> {
    let mut found = BTreeMap::new();
    for shard in shards {
        for (line, text) in lines::read_with_text::<AnyLine>(&file(shard.path()))? {
            if let Some(number) = shard.shots().number(&line.shot) {
                found.insert(number, text + "\n");
            }
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    let text: String = found.into_values().collect();
    write_file(&file(whole.path()), |file| io::Write::write_all(file, text.as_bytes()))
}

/// Takes over a judge's features, in order.
fn merge_features(shards: &[RunFolder], whole: &RunFolder, judge: &str) -> Result<()> {
    let mut found = BTreeMap::new();
    for shard in shards {
        found.append(&mut Found::of(&features_file(shard.path(), judge))?.rows);
    }
    if found.is_empty() {
        return Ok(());
    }
    let (mut rows, known) = Rows::open(&features_file(whole.path(), judge))?;
    let mut missing = found.into_iter().filter(|(number, _)| !known.contains(number));
    missing.try_for_each(|(number, row)| rows.append(number, &row))
}

/// Gives a picture a second place: without another copy where the disk can do that.
fn link(from: &Path, to: &Path) -> Result<()> {
    if to.exists() || fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    let picture = fs::read(from).map_err(Error::reading(from))?;
    write_file(to, |file| io::Write::write_all(file, &picture))
}
