"""Times one self-attention layer from projections to joined heads, as nodes in the forms a and b and as one
MultiHeadAttention (src/onnx/intercept/fused.rs), each with a temperature: python self_attention.py [THREADS]

Prints medians of rounds in which all take turns, and ratios to form a. Needs requirements.txt and onnxruntime.
"""

import statistics
import sys
import time

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

SIZE, ROUNDS = 64, 11
LAYERS = ((20, 64), (20, 256), (10, 1024), (20, 1024), (10, 4096))  # heads, patches


def session(form, heads, threads):
    nodes, weights, scale = [], [], SIZE**-0.5

    def op(kind, *inputs, **attributes):
        nodes.append(helper.make_node(kind, list(inputs), [f"{kind} {len(nodes)}"], **attributes))
        return nodes[-1].output[0]

    def constant(values, dtype=np.int64):
        weights.append(numpy_helper.from_array(np.asarray(values, dtype), f"constant {len(weights)}"))
        return weights[-1].name

    def split(value, order):
        return op("Transpose", op("Reshape", value, constant([0, 0, heads, SIZE])), perm=order)

    def folded(value):
        return op("Reshape", split(value, [0, 2, 1, 3]), op("Concat", constant([-1]), patches, constant([SIZE]), axis=0))

    if form == "node":
        query = op("Mul", "q", "inverse_temperature")
        attributes = {"domain": "com.microsoft", "num_heads": heads, "scale": scale}
        joined = op("MultiHeadAttention", query, "k", "v", **attributes)
    else:
        if form == "a":
            root = constant(scale**0.5, np.float32)
            query = op("Mul", split("q", [0, 2, 1, 3]), op("Mul", root, "inverse_temperature"))
            scores = op("MatMul", query, op("Mul", split("k", [0, 2, 3, 1]), root))
            out = op("MatMul", op("Softmax", scores, axis=-1), split("v", [0, 2, 1, 3]))
        else:
            patches = op("Slice", op("Shape", "q"), constant([1]), constant([2]))
            scores = op("MatMul", folded("q"), op("Transpose", folded("k"), perm=[0, 2, 1]))
            zeros = op("ConstantOfShape", op("Shape", scores))
            scores = op("Mul", scores, op("Mul", constant(scale, np.float32), "inverse_temperature"))
            out = op("MatMul", op("Softmax", op("Add", scores, zeros), axis=-1), folded("v"))
            unfolded = op("Concat", constant([-1, heads]), patches, constant([SIZE]), axis=0)
            out = op("Reshape", out, unfolded)
        joined = op("Reshape", op("Transpose", out, perm=[0, 2, 1, 3]), constant([0, 0, heads * SIZE]))
    shape = ["batch", "patches", heads * SIZE]
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("q", "k", "v", joined)]
    factor = helper.make_tensor_value_info("inverse_temperature", TensorProto.FLOAT, [1])
    graph = helper.make_graph(nodes, "layer", [*ports[:3], factor], ports[3:], weights)
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    return onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])


def timed(session, feed, calls):
    """The median of some calls. The first is left out: it finds the other session's threads still spinning."""
    times = []
    for _ in range(calls + 1):
        started = time.perf_counter()
        session.run(None, feed)
        times.append(time.perf_counter() - started)
    return statistics.median(times[1:])


def main():
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    random = np.random.default_rng(0)
    for heads, patches in LAYERS:
        feed = {name: random.standard_normal((2, patches, heads * SIZE), np.float32) for name in "qkv"}
        feed["inverse_temperature"] = np.ones(1, np.float32)
        sessions = {form: session(form, heads, threads) for form in ("a", "b", "node")}
        outputs = [session.run(None, feed)[0] for session in sessions.values()]
        assert all(np.allclose(output, outputs[0], atol=1e-5) for output in outputs)
        calls = max(1, min(50, 2**22 // patches**2))
        rounds = [{form: timed(session, feed, calls) for form, session in sessions.items()} for _ in range(ROUNDS)]
        medians = {form: statistics.median(times[form] for times in rounds) for form in sessions}
        ratios = {form: statistics.median(times[form] / times["a"] for times in rounds) for form in ("b", "node")}
        told = ", ".join(f"{form} {medians[form] * 1e3:.2f} ms ({ratio:.2f})" for form, ratio in ratios.items())
        print(f"{heads} heads, {patches} patches: a {medians['a'] * 1e3:.2f} ms, {told}", flush=True)


if __name__ == "__main__":
    main()
