"""Runs a study of Tauscope over a Ray cluster and merges what the machines painted.

A study is split into shards, and each shard is one Ray task that runs `tauscope
evaluate`. Ray decides where and when a task runs, and runs it again if it failed or
its machine is gone. Tauscope goes on in a shard's folder where it stopped. This file
connects the two: it starts the program, tells its progress, and copies folders to and
from an fsspec URL where the machines share no disk.

It is one file, so that Ray can send all of it to machines that do not have it.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray
from fsspec.core import url_to_fs

# How often progress is shown, in seconds.
SHOW_EVERY = 5.0
# A run's folder is whole once it has this file.
STUDY_FILE = "study.json"

# How many pictures of a shard are done, how many it has, and how many failed.
Counts = dict[str, int]


@dataclass(frozen=True)
class Job:
    """What every task has to know."""

    tauscope: str
    study: str
    options: tuple[str, ...]
    out: str
    chunks: int
    save_every: float

    def shard(self, number: int) -> str:
        """Returns the name of a shard: 3/8."""
        return f"{number}/{self.chunks}"

    @property
    def shards_folder(self) -> str:
        """Where the shards lie below OUT; those of another split lie elsewhere."""
        return f"shards-of-{self.chunks}"


class ShardFailed(RuntimeError):
    """The program failed on a shard; it may succeed when it goes on."""


class WrongArguments(RuntimeError):
    """The program does not understand its arguments; it never will."""


class Mirror:
    """A local folder and its copy at an fsspec URL."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.files, self.root = url_to_fs(url)
        self.saved: dict[str, int] = {}

    def download(self) -> None:
        """Fetches what is at the URL, which may be nothing."""
        found = self.files.find(self.root, detail=True)
        start = len(self.root) + 1
        self.saved = {path[start:]: info["size"] for path, info in found.items()}
        for name in self.saved:
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        if self.saved:
            local = [str(self.folder / name) for name in self.saved]
            self.files.get(list(found), local)

    def upload(self) -> None:
        """Sends the files that are new or have another size, the study file last."""
        sizes = {
            path.relative_to(self.folder).as_posix(): path.stat().st_size
            for path in self.folder.rglob("[!.]*")  # Dots mark files in the making.
            if path.is_file()
        }
        changed = [name for name in sizes if self.saved.get(name) != sizes[name]]
        most = [name for name in changed if not name.endswith(STUDY_FILE)]
        last = [name for name in changed if name.endswith(STUDY_FILE)]
        for names in filter(None, (most, last)):
            remote = [f"{self.root}/{name}" for name in names]
            for parent in {path.rpartition("/")[0] for path in remote}:
                self.files.makedirs(parent, exist_ok=True)
            self.files.put([str(self.folder / name) for name in names], remote)
            self.saved |= {name: sizes[name] for name in names}


@contextmanager
def folder_in(out: str, name: str) -> Iterator[tuple[Path, Callable[[], None]]]:
    """Gives a folder of OUT as a local one, with a function that saves it.

    In a folder it is just there. At a URL it is a copy, which is downloaded first and
    saved at the end too, however that comes.
    """
    if "://" not in out:
        folder = Path(out, name)
        folder.mkdir(parents=True, exist_ok=True)
        yield folder, lambda: None
        return
    with tempfile.TemporaryDirectory(prefix="tauscope-") as scratch:
        mirror = Mirror(Path(scratch), f"{out}/{name}")
        mirror.download()
        try:
            yield mirror.folder, mirror.upload
        finally:
            mirror.upload()


class Progress:
    """An actor that knows how far each shard is."""

    def __init__(self) -> None:
        self.shards: dict[int, Counts] = {}

    def tell(self, number: int, counts: Counts) -> None:
        """Takes what a task says of its shard."""
        self.shards[number] = counts

    def all(self) -> dict[int, Counts]:
        """Returns the last word of every shard that has begun."""
        return self.shards


def counts_in(line: str) -> Counts:
    """Returns what a progress line says, nothing for any other line."""
    try:
        told = json.loads(line)
        return {key: int(told[key]) for key in ("done", "total", "failed")}
    except (ValueError, TypeError, KeyError):
        return {}


def run_shard(job: Job, number: int, progress: Any) -> Counts:
    """Paints and judges one shard: the Ray task. Returns the last progress."""
    with folder_in(job.out, f"{job.shards_folder}/{number}") as (folder, save):
        command = [job.tauscope, "evaluate", job.study, "--shard", job.shard(number)]
        command += ["--out", str(folder), "--json-progress", *job.options]
        last: Counts = {}
        said: deque[str] = deque(maxlen=20)
        with subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        ) as program:
            assert program.stderr is not None
            saved = time.monotonic()
            try:
                for line in program.stderr:
                    if counts := counts_in(line):
                        last = counts
                        progress.tell.remote(number, counts)
                    else:
                        said.append(line)
                    if time.monotonic() - saved > job.save_every:
                        save()
                        saved = time.monotonic()
            except BaseException:
                program.kill()
                raise
    if program.returncode != 0:
        error = WrongArguments if program.returncode == 2 else ShardFailed
        raise error(
            f"{shlex.join(command)} ended with {program.returncode}:\n{''.join(said)}"
        )
    return last


def run_shards(job: Job, args: argparse.Namespace) -> dict[str, BaseException]:
    """Runs all shards and returns the errors of those that failed to the end."""
    task = ray.remote(run_shard).options(
        num_cpus=args.cpus_per_task,
        num_gpus=args.gpus_per_task,
        max_retries=args.retries,
        retry_exceptions=[ShardFailed, OSError],
    )
    progress: Any = ray.remote(Progress).options(num_cpus=0, max_restarts=-1).remote()
    numbers = range(1, job.chunks + 1)
    tasks = {task.remote(job, number, progress): number for number in numbers}
    waiting, shown = list(tasks), ""
    last: dict[int, Counts] = {}
    errors: dict[str, BaseException] = {}
    while waiting:
        ended, waiting = ray.wait(waiting, timeout=SHOW_EVERY)
        for end in ended:
            try:
                if counts := ray.get(end):
                    last[tasks[end]] = counts
            except ray.exceptions.RayError as error:
                errors[job.shard(tasks[end])] = getattr(error, "cause", error)
        told = ray.get(progress.all.remote()) | last
        text = describe(told, job.chunks, len(waiting))
        if text != shown:
            print(text, file=sys.stderr, flush=True)
        shown = text
    return errors


def describe(told: dict[int, Counts], chunks: int, waiting: int) -> str:
    """Says how far the study is."""
    done, total, failed = (
        sum(counts[key] for counts in told.values())
        for key in ("done", "total", "failed")
    )
    # Shards differ by one prompt at most, so those that have begun tell the rest.
    about = f" of about {round(total / len(told) * chunks)}" if told else ""
    failures = f", {failed} of them failed" if failed else ""
    return f"{done}{about} pictures{failures}; {chunks - waiting} of {chunks} shards"


def merge(job: Job) -> int:
    """Makes one run of the shards and returns the exit code of `tauscope merge`."""
    with (
        folder_in(job.out, job.shards_folder) as (shards, _),
        folder_in(job.out, "run") as (run, _),
    ):
        folders = [str(shards / str(number)) for number in range(1, job.chunks + 1)]
        command = [job.tauscope, "merge", *folders, "--out", str(run)]
        return subprocess.call(command, stdout=subprocess.DEVNULL)


def parse(arguments: list[str]) -> argparse.Namespace:
    """Reads the command line; what follows `--` is for `tauscope evaluate`."""
    parser = argparse.ArgumentParser(
        description="Runs a study of Tauscope over a Ray cluster. The same command goes"
        " on with a study that was stopped.",
        usage="%(prog)s STUDY --chunks N --out DIR_OR_URL [options]"
        " [-- options of tauscope evaluate]",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("study", metavar="STUDY", help="a study's name or file")
    add("--chunks", type=int, required=True, help="number of shards, a Ray task each")
    add("--out", required=True, help="a folder that every machine sees, or a URL")
    add("--tauscope", default="tauscope", help="the program, on every machine")
    add("--gpus-per-task", type=float, default=0.0, help="may be a fraction")
    add("--cpus-per-task", type=float, default=1.0, help="may be a fraction")
    add("--retries", type=int, default=3, help="how often a failed task runs again")
    add("--save-every", type=float, default=60.0, help="seconds between uploads")
    at = arguments.index("--") if "--" in arguments else len(arguments)
    args = parser.parse_args(arguments[:at])
    if args.chunks < 1:
        parser.error("--chunks begins at 1")
    args.options = tuple(arguments[at + 1 :])
    return args


def absolute(path: str) -> str:
    """Returns the path as it is from any folder, since tasks may run in another."""
    return str(Path(path).absolute())


def main() -> int:
    """Runs the study and returns the exit code."""
    args = parse(sys.argv[1:])
    job = Job(
        # A plain name is looked up on the PATH, or among the program's own studies.
        tauscope=absolute(args.tauscope) if "/" in args.tauscope else args.tauscope,
        study=absolute(args.study) if Path(args.study).is_file() else args.study,
        options=args.options,
        out=args.out.rstrip("/") if "://" in args.out else absolute(args.out),
        chunks=args.chunks,
        save_every=args.save_every,
    )
    try:
        ray.init()
        errors = run_shards(job, args)
    except KeyboardInterrupt:
        print("Stopped. The same command goes on.", file=sys.stderr)
        return 130
    for shard, error in errors.items():
        print(f"Shard {shard} failed: {error}", file=sys.stderr)
    if errors:
        print("The same command goes on with what is missing.", file=sys.stderr)
        return 1
    code = merge(job)
    if code == 0:
        print(f"The run is in {job.out}/run.")
    return code


if __name__ == "__main__":
    sys.exit(main())
