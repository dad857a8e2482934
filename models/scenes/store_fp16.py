"""Stores an SDXL ONNX folder's fp32 weights as fp16 where that loses nothing: python store_fp16.py FROM TO

Needs onnx==1.23.2 and numpy. Every weight of "Scenes" is a half-precision number, so a Cast back to fp32 gives the
same graph bit for bit, at half the size. Weights that are not, integers and small constants stay as they are.
"""
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SMALL_BYTES = 1024


def store(source: Path, target: Path) -> None:
    model = onnx.load(source)
    graph, casts = model.graph, []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or len(tensor.raw_data) < SMALL_BYTES:
            continue
        wide = numpy_helper.to_array(tensor)
        narrow = wide.astype(np.float16)
        if not np.array_equal(narrow.astype(np.float32), wide):
            print(f"{source}: {tensor.name} is not half precision and stays")
            continue
        name, stored = tensor.name, f"{tensor.name}/fp16"
        tensor.CopyFrom(numpy_helper.from_array(narrow, stored))
        casts.append(helper.make_node("Cast", [stored], [name], name=f"{name}/Cast", to=TensorProto.FLOAT))
    nodes = casts + list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    target.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, target)


if __name__ == "__main__":
    origin, destination = map(Path, sys.argv[1:3])
    for graph_file in sorted(origin.glob("*/model.onnx")):
        store(graph_file, destination / graph_file.relative_to(origin))
