"""Writes an SDXL ONNX folder of full size with random weights: python make.py FOLDER [--single]

The UNet has SDXL's 2.6 billion parameters (5.1 GB, or 10.3 GB with --single) in the form that optimum exports, the
VAE's decoder is whole too (0.1 or 0.2 GB), the text encoders are tables of the right width. Pictures are noise; what it
is for is time and memory. Takes 1 GB of memory. Needs requirements.txt.
"""

import argparse
import json
import math
import shutil
from pathlib import Path

import numpy as np
from graph import Graph
from onnx import TensorProto

SCENES = Path(__file__).parents[2] / "models/scenes"
WIDTHS, DEPTHS, HEADS = (320, 640, 1280), (0, 2, 10), (5, 10, 20)
CONTEXT, POOLED, TIME = 2048, 1280, 1280


def sinusoid(g, path, x, width):
    """[B, n] to [B, n, width]: cosines, then sines, as diffusers' Timesteps with flip_sin_to_cos."""
    half = width // 2
    frequencies = np.exp(-math.log(10000) * np.arange(half) / half)
    angles = g.op("Unsqueeze", path, g.op("Cast", path, x, to=TensorProto.FLOAT), g.constant(path, [-1]))
    angles = g.op("Mul", path, angles, g.constant(path, frequencies, np.float32))
    waves = g.op("Concat", path, g.op("Cos", path, angles), g.op("Sin", path, angles), axis=-1)
    return g.op("Cast", path, waves, to=g.dtype)


def embedding(g, path, x, width):
    hidden = g.silu(f"{path}/act", g.gemm(f"{path}/linear_1", x, width, TIME))
    return g.gemm(f"{path}/linear_2", hidden, TIME, TIME)


def transformer(g, path, x, width, depth, heads):
    """Transformer blocks over the patches of x, around which it is reshaped."""
    batch, height, across = (g.length(path, x, axis) for axis in (0, 2, 3))
    hidden = g.op("Transpose", path, g.group_norm(f"{path}/norm", x, width), perm=[0, 2, 3, 1])
    hidden = g.op("Reshape", path, hidden, g.shape(path, batch, -1, width))
    hidden = g.linear(f"{path}/proj_in", hidden, width, width)
    for at in range(depth):
        block = f"{path}/transformer_blocks.{at}"
        normal = g.layer_norm(f"{block}/norm1", hidden, width)
        looked = g.attention(f"{block}/attn1", normal, normal, width, width, heads)
        hidden = g.op("Add", block, looked, hidden)
        normal = g.layer_norm(f"{block}/norm2", hidden, width)
        read = g.attention(f"{block}/attn2", normal, "encoder_hidden_states", width, CONTEXT, heads)
        hidden = g.op("Add", block, read, hidden)
        gated = g.linear(f"{block}/ff/net.0/proj", g.layer_norm(f"{block}/norm3", hidden, width), width, 8 * width)
        gate = f"{block}/ff/net.0"
        parts = [g.op("Slice", gate, gated, *(g.constant(gate, [number]) for number in (start, end, -1)))
                 for start, end in ((0, 4 * width), (4 * width, 8 * width))]
        curve = g.op("Erf", gate, g.op("Div", gate, parts[1], g.number(gate, math.sqrt(2))))
        curve = g.op("Mul", gate, parts[1], g.op("Add", gate, curve, g.number(gate, 1)))
        curve = g.op("Mul", gate, curve, g.number(gate, 0.5))
        forward = g.linear(f"{block}/ff/net.2", g.op("Mul", gate, parts[0], curve), 4 * width, width)
        hidden = g.op("Add", block, forward, hidden)
    hidden = g.linear(f"{path}/proj_out", hidden, width, width)
    hidden = g.op("Reshape", path, hidden, g.shape(path, batch, height, across, width))
    return g.op("Add", path, g.op("Transpose", path, hidden, perm=[0, 3, 1, 2]), x)


def unet(folder, dtype):
    g = Graph(folder, dtype)
    batch = g.length("", "sample", 0)
    steps = g.op("Expand", "", "timestep", batch)
    time = embedding(g, "time_embedding", sinusoid(g, "time_proj", steps, WIDTHS[0]), WIDTHS[0])
    sizes = g.op("Reshape", "", sinusoid(g, "add_time_proj", "time_ids", 256), g.shape("", batch, -1))
    added = g.op("Concat", "", "text_embeds", sizes, axis=-1)
    time = g.op("Add", "", time, embedding(g, "add_embedding", added, POOLED + 6 * 256))

    x = g.conv("conv_in", "sample", 4, WIDTHS[0])
    skipped, width = [(x, WIDTHS[0])], WIDTHS[0]
    for at, (out, depth, heads) in enumerate(zip(WIDTHS, DEPTHS, HEADS)):
        for layer in range(2):
            x = g.resnet(f"down_blocks.{at}/resnets.{layer}", x, width, out, time)
            if depth:
                x = transformer(g, f"down_blocks.{at}/attentions.{layer}", x, out, depth, heads)
            width = out
            skipped.append((x, width))
        if at < 2:
            x = g.conv(f"down_blocks.{at}/downsamplers.0/conv", x, width, width, stride=2)
            skipped.append((x, width))

    x = g.resnet("mid_block/resnets.0", x, width, width, time)
    x = transformer(g, "mid_block/attentions.0", x, width, DEPTHS[2], HEADS[2])
    x = g.resnet("mid_block/resnets.1", x, width, width, time)

    for at, (out, depth, heads) in enumerate(zip(WIDTHS[::-1], DEPTHS[::-1], HEADS[::-1])):
        for layer in range(3):
            skip, more = skipped.pop()
            joined = g.op("Concat", f"up_blocks.{at}", x, skip, axis=1)
            x = g.resnet(f"up_blocks.{at}/resnets.{layer}", joined, width + more, out, time)
            if depth:
                x = transformer(g, f"up_blocks.{at}/attentions.{layer}", x, out, depth, heads)
            width = out
        if at < 2:
            x = g.upsample(f"up_blocks.{at}/upsamplers.0", x, width)
    x = g.silu("conv_act", g.group_norm("conv_norm_out", x, width))
    g.conv("conv_out", x, width, 4, output="out_sample")
    latents = ["batch_size", 4, "height", "width"]
    g.save([("sample", dtype, latents), ("timestep", dtype, ["steps"]),
            ("encoder_hidden_states", dtype, ["batch_size", "sequence_length", CONTEXT]),
            ("text_embeds", dtype, ["batch_size", POOLED]), ("time_ids", dtype, ["batch_size", 6])],
           [("out_sample", dtype, latents)])
    (folder / "config.json").write_text(json.dumps({"sample_size": 128}))


def vae(folder, dtype):
    g = Graph(folder, dtype)
    x = g.conv("post_quant_conv", "latent_sample", 4, 4, kernel=1)
    x = g.conv("decoder/conv_in", x, 4, 512)
    x = g.resnet("decoder/mid_block/resnets.0", x, 512, 512)
    path = "decoder/mid_block/attentions.0"
    batch, height, across = (g.length(path, x, axis) for axis in (0, 2, 3))
    patches = g.op("Reshape", path, g.group_norm(f"{path}/group_norm", x, 512), g.shape(path, batch, 512, -1))
    patches = g.op("Transpose", path, patches, perm=[0, 2, 1])
    looked = g.op("Transpose", path, g.attention(path, patches, patches, 512, 512, 1, bias=True), perm=[0, 2, 1])
    x = g.op("Add", path, g.op("Reshape", path, looked, g.shape(path, batch, 512, height, across)), x)
    x = g.resnet("decoder/mid_block/resnets.1", x, 512, 512)
    width = 512
    for at, out in enumerate((512, 512, 256, 128)):
        for layer in range(3):
            x = g.resnet(f"decoder/up_blocks.{at}/resnets.{layer}", x, width, out)
            width = out
        if at < 3:
            x = g.upsample(f"decoder/up_blocks.{at}/upsamplers.0", x, width)
    x = g.silu("decoder/conv_act", g.group_norm("decoder/conv_norm_out", x, width))
    g.conv("decoder/conv_out", x, width, 3, output="sample")
    g.save([("latent_sample", dtype, ["batch_size", 4, "latent_height", "latent_width"])],
           [("sample", dtype, ["batch_size", 3, "height", "width"])])
    (folder / "config.json").write_text(json.dumps({"scaling_factor": 0.13025}))


def text_encoder(folder, dtype, width, pools):
    g = Graph(folder, dtype)
    words = len(json.loads((SCENES / "tokenizer/vocab.json").read_text()))
    g.op("Gather", "", g.weight("words", [words, width], 1.0), "input_ids", output="hidden_states.0")
    g.op("Identity", "", "hidden_states.0", output="hidden_states.1")
    states = [(f"hidden_states.{at}", dtype, ["batch_size", 77, width]) for at in range(2)]
    if pools:
        g.op("ReduceMean", "", "hidden_states.0", g.constant("", [1]), keepdims=0, output="text_embeds")
        states.append(("text_embeds", dtype, ["batch_size", width]))
    g.save([("input_ids", TensorProto.INT64, ["batch_size", 77])], states)
    (folder / "config.json").write_text(json.dumps({"num_hidden_layers": 1}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--single", action="store_true", help="fp32 instead of fp16")
    arguments = parser.parse_args()
    dtype, folder = TensorProto.FLOAT if arguments.single else TensorProto.FLOAT16, arguments.folder
    unet(folder / "unet", dtype)
    vae(folder / "vae_decoder", dtype)
    text_encoder(folder / "text_encoder", dtype, CONTEXT - POOLED, pools=False)
    text_encoder(folder / "text_encoder_2", dtype, POOLED, pools=True)
    for part in ("tokenizer", "tokenizer_2", "scheduler"):
        shutil.copytree(SCENES / part, folder / part, dirs_exist_ok=True)
    (folder / "model_index.json").write_text(json.dumps({"_class_name": "StableDiffusionXLPipeline"}))


if __name__ == "__main__":
    main()
