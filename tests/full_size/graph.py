"""Writes ONNX graphs node by node as PyTorch's exporter does, with random weights streamed to a file beside them.

Names follow diffusers: a node of `down_blocks.1.attentions.0` is `/down_blocks.1/attentions.0/...`, so that whoever
looks for attention layers finds them. Weights never lie in memory: at most one block of them is made at a time.
"""

import math
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WEIGHTS = "model.onnx_data"
BLOCK = 1 << 22
SHIFTS = 1 << 16
ALIGNMENT = 64


class Graph:
    """A graph that grows; every method adds nodes and gives the name of what they make."""

    def __init__(self, folder: Path, dtype: int):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.dtype = folder, dtype
        self.nodes, self.tensors, self.names = [], [], Counter()
        self.file = open(folder / WEIGHTS, "wb")
        self.noise = np.random.default_rng(0).standard_normal(BLOCK + SHIFTS, dtype=np.float32)
        self.parameters = 0

    def op(self, kind, path, *inputs, output=None, **attributes):
        """One node below `path` ("down_blocks.1/resnets.0")."""
        name = f"/{path}/{kind}" if path else f"/{kind}"
        count = self.names[name]
        self.names[name] += 1
        name += f"_{count}" if count else ""
        output = output or f"{name}_output_0"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], name=name, **attributes))
        return output

    def constant(self, path, value, dtype=np.int64):
        return self.op("Constant", path, value=numpy_helper.from_array(np.asarray(value, dtype)))

    def number(self, path, value):
        """A constant of the graph's own float type."""
        return self.constant(path, value, helper.tensor_dtype_to_np_dtype(self.dtype))

    def weight(self, name, shape, deviation=None, mean=0.0):
        """Random numbers in the file; by default as large as keeps values at their size."""
        kind = helper.tensor_dtype_to_np_dtype(self.dtype)
        if deviation is None:
            deviation = 1 / math.sqrt(math.prod(shape[1:]) if len(shape) == 4 else shape[0])
        self.file.seek(-self.file.tell() % ALIGNMENT, 1)
        start, left = self.file.tell(), math.prod(shape)
        self.parameters += left
        # Weights of one shape differ, for ONNX Runtime keeps equal ones once.
        shift = len(self.tensors) * 17 % SHIFTS
        noise = self.noise[shift : shift + min(left, BLOCK)]
        block = (noise * np.float32(deviation) + np.float32(mean)).astype(kind)
        while left > 0:
            block[:left].tofile(self.file)
            left -= min(left, BLOCK)
        self.file.flush()
        tensor = TensorProto(name=name, data_type=self.dtype, dims=shape, data_location=TensorProto.EXTERNAL)
        for key, value in {"location": WEIGHTS, "offset": start, "length": self.file.tell() - start}.items():
            tensor.external_data.add(key=key, value=str(value))
        self.tensors.append(tensor)
        return name

    def linear(self, path, x, width, out, bias=True):
        """A projection of the last dimension; the exporter stores its weight transposed, under a name of its own."""
        product = self.op("MatMul", path, x, self.weight(f"onnx::MatMul_{len(self.tensors)}", [width, out]))
        return self.op("Add", path, self.vector(path, "bias", out), product) if bias else product

    def gemm(self, path, x, width, out):
        """A projection of [B, width]."""
        weight = self.weight(f"{path.replace('/', '.')}.weight", [out, width], 1 / math.sqrt(width))
        return self.op("Gemm", path, x, weight, self.vector(path, "bias", out), transB=1)

    def vector(self, path, name, length, mean=0.0):
        return self.weight(f"{path.replace('/', '.')}.{name}", [length], 0.02, mean)

    def conv(self, path, x, width, out, kernel=3, stride=1, output=None):
        dotted = path.replace("/", ".")
        weight = self.weight(f"{dotted}.weight", [out, width, kernel, kernel])
        pads, strides = [kernel // 2] * 4, [stride] * 2
        return self.op("Conv", path, x, weight, self.vector(path, "bias", out), output=output,
                       kernel_shape=[kernel] * 2, pads=pads, strides=strides)

    def group_norm(self, path, x, width, groups=32):
        """InstanceNormalization over groups, as PyTorch exports GroupNorm."""
        kind = helper.tensor_dtype_to_np_dtype(self.dtype)
        grouped = self.op("Reshape", path, x, self.constant(path, [0, groups, -1]))
        ones, zeros = (self.constant(path, np.full(groups, value), kind) for value in (1, 0))
        normal = self.op("InstanceNormalization", path, grouped, ones, zeros, epsilon=1e-5)
        spread = self.op("Reshape", path, normal, self.op("Shape", path, x))
        scale, shift = (self.weight(f"{path.replace('/', '.')}.{name}", [width, 1, 1], 0.02, mean)
                        for name, mean in (("weight", 1.0), ("bias", 0.0)))
        return self.op("Add", path, self.op("Mul", path, spread, scale), shift)

    def layer_norm(self, path, x, width):
        scale, shift = self.vector(path, "weight", width, 1.0), self.vector(path, "bias", width)
        return self.op("LayerNormalization", path, x, scale, shift, axis=-1, epsilon=1e-5)

    def silu(self, path, x):
        return self.op("Mul", path, x, self.op("Sigmoid", path, x))

    def length(self, path, x, axis):
        """One dimension, [1]."""
        length = self.op("Gather", path, self.op("Shape", path, x), self.constant(path, axis))
        return self.op("Unsqueeze", path, length, self.constant(path, [0]))

    def shape(self, path, *parts):
        """A target for Reshape; numbers and names of lengths."""
        parts = [part if isinstance(part, str) else self.constant(path, [part]) for part in parts]
        return self.op("Concat", path, *parts, axis=0)

    def resnet(self, path, x, width, out, time=None):
        """A ResNet block; `time` is the activated embedding of timestep and size, 1280 wide."""
        hidden = self.silu(f"{path}/nonlinearity", self.group_norm(f"{path}/norm1", x, width))
        hidden = self.conv(f"{path}/conv1", hidden, width, out)
        if time:
            shift = self.gemm(f"{path}/time_emb_proj", self.silu(f"{path}/nonlinearity", time), 1280, out)
            shift = self.op("Unsqueeze", path, shift, self.constant(path, [2]))
            hidden = self.op("Add", path, hidden, self.op("Unsqueeze", path, shift, self.constant(path, [3])))
        hidden = self.silu(f"{path}/nonlinearity", self.group_norm(f"{path}/norm2", hidden, out))
        hidden = self.conv(f"{path}/conv2", hidden, out, out)
        if width != out:
            x = self.conv(f"{path}/conv_shortcut", x, width, out, kernel=1)
        return self.op("Add", path, x, hidden)

    def upsample(self, path, x, width):
        scales = self.constant(path, [1, 1, 2, 2], np.float32)
        larger = self.op("Resize", path, x, "", scales, mode="nearest", nearest_mode="floor",
                         coordinate_transformation_mode="asymmetric")
        return self.conv(f"{path}/conv", larger, width, width)

    def attention(self, path, x, context, width, context_width, heads, bias=False):
        """Scaled dot product attention as optimum exports it (form a): Q and K are scaled before their product."""
        batch = self.length(path, x, 0)
        split = [self.linear(f"{path}/to_{name}", source, wide, width, bias)
                 for name, source, wide in (("q", x, width), ("k", context, context_width), ("v", context, context_width))]
        split = [self.op("Reshape", path, part, self.shape(path, batch, -1, heads, width // heads)) for part in split]
        q, k, v = (self.op("Transpose", path, part, perm=order)
                   for part, order in zip(split, ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3])))
        size = self.op("Slice", path, self.op("Shape", path, q), self.constant(path, [-1]),
                       self.constant(path, [np.iinfo(np.int64).max]))
        root = self.op("Sqrt", path, self.op("Cast", path, size, to=self.dtype))
        scale = self.op("Div", path, self.number(path, [1]), root)
        q, k = (self.op("Mul", path, part, self.op("Sqrt", path, scale)) for part in (q, k))
        weights = self.op("Softmax", path, self.op("MatMul", path, q, k), axis=-1)
        out = self.op("Transpose", path, self.op("MatMul", path, weights, v), perm=[0, 2, 1, 3])
        out = self.op("Reshape", path, out, self.shape(path, batch, -1, width))
        return self.linear(f"{path}/to_out.0", out, width, width)

    def save(self, inputs, outputs):
        """Ends the graph: ports are name, type and dimensions."""
        ports = [[helper.make_tensor_value_info(*port) for port in ports] for ports in (inputs, outputs)]
        graph = helper.make_graph(self.nodes, "main_graph", *ports, self.tensors)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8,
                                  producer_name="tests/full_size")
        onnx.save_model(model, self.folder / "model.onnx")
        self.file.close()
        print(f"{self.folder}: {self.parameters / 1e6:.1f} M parameters", flush=True)
