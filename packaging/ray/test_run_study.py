"""Runs a small study over a local Ray of two workers and kills what works on the way.

By default against `fake_tauscope.py`; `TAUSCOPE=/path/to/tauscope pytest packaging/ray`
takes the real program. Reads /proc, so Linux only.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ray.cluster_utils import Cluster

HERE = Path(__file__).parent
TAUSCOPE = os.environ.get("TAUSCOPE", str(HERE / "fake_tauscope.py"))
CHUNKS = 2
PROMPTS = ["a red cat", "a blue dog", "a boy with a red hat", "two green birds"] * 2
STUDY = """
prompts = "prompts.txt"
judges = ["scene-reader"]

[common]
steps = 4

[[arms]]
name = "neutral"

[[arms]]
name = "our-reading"
preset = "our-reading"
"""
SHARD_PICTURES = len(PROMPTS) * 2 // CHUNKS


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """Starts two machines of one core each and returns their address."""
    machine: dict[str, Any] = {"num_cpus": 1, "object_store_memory": 100 << 20}
    cluster = Cluster(initialize_head=True, head_node_args=machine)
    cluster.add_node(**machine)
    cluster.wait_for_nodes()
    yield cluster.address
    cluster.shutdown()  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Writes a study of eight prompts under two arms."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "prompts.txt").write_text("".join(f"{prompt}\n" for prompt in PROMPTS))
    (folder / "small.toml").write_text(STUDY)
    return folder / "small.toml"


@pytest.fixture(scope="module")
def single(study: Path) -> Path:
    """Runs the study without Ray."""
    out = study.parent / "single"
    subprocess.run([TAUSCOPE, "evaluate", study, "--out", out], check=True)
    return out


def start(cluster: str, study: Path, out: str, *more: str) -> subprocess.Popen[str]:
    """Starts the driver."""
    command = [sys.executable, str(HERE / "run_study.py"), str(study)]
    command += ["--tauscope", TAUSCOPE]
    command += ["--chunks", str(CHUNKS), "--out", out, *more]
    environment = {**os.environ, "RAY_ADDRESS": cluster}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, env=environment, stdout=pipe, stderr=pipe, text=True
    )


def wait_for(found: Callable[[], Any], seconds: float = 300) -> Any:
    """Waits until something is found and returns it."""
    end = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.05)
    return result


def find_program(study: Path) -> tuple[int, int] | None:
    """Returns the process that evaluates the second shard, and its parent."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if str(study).encode() in words and b"2/2" in words:
                state = (folder / "stat").read_text().rpartition(")")[2].split()
                return int(folder.name), int(state[1])
        except OSError:  # It has ended.
            continue
    return None


def lines(file: Path) -> list[dict[str, Any]]:
    """Returns the lines of a file."""
    return [json.loads(line) for line in file.read_text().split("\n")[:-1]]


def pixels(file: Path) -> bytes:
    """Returns the pixel data of a PNG, without what it says of itself."""
    data, at, found = file.read_bytes(), 8, b""
    while at < len(data):
        length = int.from_bytes(data[at : at + 4])
        if data[at + 4 : at + 8] == b"IDAT":
            found += data[at + 8 : at + 8 + length]
        at += length + 12
    return found


def content(run: Path) -> tuple[Any, ...]:
    """Returns what a run found, without how long it took."""
    pictures = {file.name: pixels(file) for file in (run / "pictures").iterdir()}
    shots = [
        {key: value for key, value in line.items() if key != "seconds"}
        for line in lines(run / "pictures.jsonl")
    ]
    return pictures, shots, lines(run / "answers" / "scene-reader.jsonl")


@pytest.mark.parametrize("where", ["folder", "url"])
@pytest.mark.parametrize("killed", ["worker", "program"])
def test_a_killed_task_goes_on_and_the_result_is_that_of_a_single_run(
    cluster: str, study: Path, single: Path, tmp_path: Path, where: str, killed: str
) -> None:
    """What was painted stays, and the program goes with its worker."""
    out = f"file://{tmp_path}" if where == "url" else str(tmp_path)
    driver = start(cluster, study, out, "--save-every", "0")
    shard = tmp_path / f"shards-of-{CHUNKS}" / "2"
    painted = shard / "pictures.jsonl"
    wait_for(lambda: painted.exists() and len(lines(painted)) >= 2)
    program, worker = wait_for(lambda: find_program(study))
    os.kill(worker if killed == "worker" else program, signal.SIGKILL)
    wait_for(lambda: not Path(f"/proc/{program}").exists(), 10)
    before = lines(painted)
    assert len(before) < SHARD_PICTURES, "it was killed too late to show anything"

    output, messages = driver.communicate(timeout=600)
    assert driver.returncode == 0, messages
    assert f"The run is in {out}/run." in output
    assert f"{2 * len(PROMPTS)} of about {2 * len(PROMPTS)} pictures" in messages
    assert content(tmp_path / "run") == content(single)
    assert lines(painted)[: len(before)] == before
    shots = Counter((line["prompt"], line["arm"]) for line in lines(painted))
    assert set(shots.values()) == {1}, "a picture was painted twice"


def test_the_same_command_goes_on_with_a_study_that_is_done(
    cluster: str, study: Path, single: Path, tmp_path: Path
) -> None:
    """Nothing is painted again."""
    seen = []
    for _ in range(2):
        driver = start(cluster, study, str(tmp_path))
        _, messages = driver.communicate(timeout=600)
        assert driver.returncode == 0, messages
        assert content(tmp_path / "run") == content(single)
        pictures = (tmp_path / f"shards-of-{CHUNKS}").rglob("*.png")
        seen.append({file: file.stat().st_mtime_ns for file in pictures})
    assert seen[0] == seen[1]


def test_a_wrong_option_is_told_at_once(
    cluster: str, study: Path, tmp_path: Path
) -> None:
    """The program's own words arrive, and nothing is merged."""
    driver = start(cluster, study, str(tmp_path), "--", "--no-such-option")
    _, messages = driver.communicate(timeout=600)
    assert driver.returncode == 1
    assert "--no-such-option" in messages
    assert "Shard 1/2 failed" in messages
    assert not (tmp_path / "run").exists()
