"""Packs reference vectors for the repository: python pack.py REFERENCE_DIR OUT_DIR

Maps, scores, rows, aggregates and images lie in 0..1 and become half precision (rounding below 2.5e-4, a quarter of the
tests' tolerance); the rest stays single precision. The settings of each case, with the seed that was used, become
`cases.json`.
"""
import json
import pathlib
import sys

import numpy as np

HALF = ("map/", "score/", "selfrow", "aggregate", "image")

source, target = map(pathlib.Path, sys.argv[1:3])
cases = {}
for name in json.loads((source / "cases.json").read_text()):
    arrays = dict(np.load(source / f"{name}.npz"))
    cases[name] = json.loads(str(arrays.pop("case")))
    kept = {key: array.astype(np.float16) if key.startswith(HALF) else array for key, array in arrays.items()}
    np.savez_compressed(target / f"{name}.npz", **kept)
(target / "cases.json").write_text(json.dumps(cases, indent=1) + "\n")
