"""Makes distances.json: features, and the distances that pytorch-fid 0.3.0 and numpy compute of them.

    pip download --no-deps --no-binary :all: pytorch-fid==0.3.0 && tar xzf pytorch-fid-0.3.0.tar.gz
    python make.py pytorch-fid-0.3.0/src/pytorch_fid/fid_score.py

Needs numpy and scipy 1.17. Of fid_score.py it runs calculate_frechet_distance alone, which needs no torch.
"""
import ast
import json
import pathlib
import sys

import numpy as np
from scipy import linalg

source = pathlib.Path(sys.argv[1]).read_text()
(function,) = [node for node in ast.parse(source).body if getattr(node, "name", "") == "calculate_frechet_distance"]
scope = {"np": np, "linalg": linalg}
exec(compile(ast.Module([function], []), sys.argv[1], "exec"), scope)


def fid(first, second):
    statistics = [f(x) for x in (first, second) for f in (lambda x: x.mean(0), lambda x: np.cov(x, rowvar=False))]
    return scope["calculate_frechet_distance"](*statistics)


def exact(first, second):
    """The same from singular values of the features, which loses nothing where covariances are singular."""
    a, b = ((x - x.mean(0)) / np.sqrt(len(x) - 1) for x in (first, second))
    root = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    return ((first.mean(0) - second.mean(0)) ** 2).sum() + (a * a).sum() + (b * b).sum() - 2 * root


def kid(first, second):
    kernel = lambda a, b: (a @ b.T / a.shape[1] + 1) ** 3
    m = len(first)
    within = lambda x: (kernel(x, x).sum() - np.trace(kernel(x, x))) / (m * (m - 1))
    return within(first) + within(second) - 2 * kernel(first, second).mean()


rng = np.random.default_rng(14)


def features(pictures, count, mix, shift):
    """Not negative, and some always zero, as Inception's are."""
    return np.round(np.maximum(rng.normal(size=(pictures, count)) @ mix + shift, 0), 4)


cases = {}
for name, count, pictures in [
    ("more pictures than features", 6, (24, 24)),
    ("fewer pictures than features on one side", 12, (6, 30)),
    ("fewer pictures than features on the other", 12, (30, 6)),
    ("fewer pictures than features on both", 12, (6, 6)),
    ("two pictures", 6, (2, 2)),
]:
    mix = rng.normal(size=(count, count)) / np.arange(1, count + 1)[:, None]
    first, second = (features(n, count, mix, shift) for n, shift in zip(pictures, (0, 0.2)))
    cases[name] = {"first": first.tolist(), "second": second.tolist(), "fid": float(np.real(fid(first, second))),
                   "exact": float(exact(first, second))}
    if len(first) == len(second):
        cases[name]["kid"] = float(kid(first, second))
    print(name, cases[name]["fid"], cases[name]["fid"] / cases[name]["exact"] - 1)

pathlib.Path(__file__).with_name("distances.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
