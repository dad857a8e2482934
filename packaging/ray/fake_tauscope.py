#!/usr/bin/env python3
"""Stands in for `tauscope` in the driver's test: evaluates and merges, paints nothing.

It keeps the promises that the driver builds on: a folder has one writer, a shard goes
on where it stopped, and shards of another study are not merged.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import shutil
import sys
import time
import tomllib
import zlib
from pathlib import Path
from typing import Any

Line = dict[str, Any]


def png(value: int) -> bytes:
    """Returns a picture of one grey pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        sum_of = zlib.crc32(kind + data)
        return len(data).to_bytes(4) + kind + data + sum_of.to_bytes(4)

    header = (1).to_bytes(4) + (1).to_bytes(4) + bytes([8, 0, 0, 0, 0])
    pixels = zlib.compress(bytes([0, value % 256]))
    chunks = [(b"IHDR", header), (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in chunks)


def read(file: Path) -> list[Line]:
    """Returns the whole lines of a file, none if there is none."""
    text = file.read_text() if file.exists() else ""
    return [json.loads(line) for line in text.split("\n")[:-1]]


def append(file: Path, line: Line) -> None:
    """Adds a line."""
    file.parent.mkdir(exist_ok=True)
    with file.open("a") as lines:
        lines.write(json.dumps(line) + "\n")


def begin(out: Path, manifest: Line) -> None:
    """Makes the folder of a run, or goes on with the same."""
    study = out / "study.json"
    (out / "pictures").mkdir(parents=True, exist_ok=True)
    if study.exists() and json.loads(study.read_text()) != manifest:
        sys.exit(f"{out} holds another run.")
    study.write_text(json.dumps(manifest))


def evaluate(args: argparse.Namespace) -> None:
    """Writes the pictures and answers that are missing in a shard's folder."""
    study = tomllib.loads(args.study.read_text())
    prompts = (args.study.parent / study["prompts"]).read_text().split("\n")[:-1]
    arms = [arm["name"] for arm in study["arms"]]
    number, of = map(int, args.shard.split("/"))
    shots = [
        {"prompt": prompt, "sample": 0, "arm": arm}
        for prompt in range(number - 1, len(prompts), of)
        for arm in arms
    ]
    args.out.mkdir(parents=True, exist_ok=True)
    with (args.out / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        begin(args.out, {"study": study, "shard": args.shard})
        there = read(args.out / "pictures.jsonl")
        known = [(line["prompt"], line["arm"]) for line in there]
        for done, shot in enumerate(shots, 1):
            if (shot["prompt"], shot["arm"]) in known:
                continue
            time.sleep(0.5)
            name = f"pictures/{shot['prompt']:05}-0-{shot['arm']}.png"
            (args.out / name).write_bytes(png(7 * shot["prompt"] + len(shot["arm"])))
            line = {**shot, "picture": name, "seconds": time.time()}
            append(args.out / "pictures.jsonl", line)
            answers = {**shot, "answers": [shot["prompt"] % 2 == 0]}
            append(args.out / "answers" / "scene-reader.jsonl", answers)
            told = {"done": done, "total": len(shots), "failed": 0}
            with contextlib.suppress(BrokenPipeError):  # It goes on unheard.
                print(json.dumps(told), file=sys.stderr, flush=True)


def merge(args: argparse.Namespace) -> None:
    """Makes one folder of all shards of a study."""
    manifests = [json.loads((f / "study.json").read_text()) for f in args.folders]
    of = len(manifests)
    expected = [{**manifests[0], "shard": f"{i}/{of}"} for i in range(1, of + 1)]
    if sorted(manifests, key=lambda each: str(each["shard"])) != expected:
        sys.exit("These are not the shards of one study.")
    begin(args.out, {**manifests[0], "shard": "1/1"})
    for file in ("pictures.jsonl", "answers/scene-reader.jsonl"):
        (args.out / file).unlink(missing_ok=True)
        lines = [line for folder in args.folders for line in read(folder / file)]
        for line in sorted(lines, key=lambda each: int(each["prompt"])):
            append(args.out / file, line)
    for folder in args.folders:
        shutil.copytree(folder / "pictures", args.out / "pictures", dirs_exist_ok=True)


def main() -> None:
    """Reads the command line and does what it says."""
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("evaluate")
    command.add_argument("study", type=Path)
    command.add_argument("--shard", default="1/1")
    command.add_argument("--out", type=Path, required=True)
    command.add_argument("--json-progress", action="store_true")
    command.set_defaults(run=evaluate)
    command = commands.add_parser("merge")
    command.add_argument("folders", nargs="+", type=Path)
    command.add_argument("--out", type=Path, required=True)
    command.set_defaults(run=merge)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
