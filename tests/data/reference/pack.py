"""Packs reference vectors for the repository: python pack.py REFERENCE_DIR OUT_DIR

Maps, aggregates and images become half precision (rounding below 2.5e-4 of the value, a quarter of the tests'
tolerance); latents, noise predictions and embeddings stay single precision. What no test reads is dropped.
"""
import sys
import numpy as np

CASES = ["neutral", "tau", "negative", "no_guidance", "long"]
DROPPED = ("focus", "overlap", "selfrow", "time_ids")

source, target = sys.argv[1:3]
for case in CASES:
    arrays = dict(np.load(f"{source}/{case}.npz"))
    kept = {}
    for name, array in arrays.items():
        if name.startswith(DROPPED) or name == "case":
            continue
        half = name.startswith("map/") or name in ("aggregate", "image")
        kept[name] = array.astype(np.float16) if half else array
    np.savez_compressed(f"{target}/{case}.npz", **kept)
