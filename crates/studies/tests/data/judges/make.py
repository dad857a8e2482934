"""Tiny networks in the form that each judge documents, and what their makers' code computes: python make.py

Needs onnx==1.23.2, onnxscript==0.7.2, pillow==13.0.0, torch==2.15.0, transformers==4.57.1. All weights are random. The
folder `clip` is what `optimum-cli export onnx --task zero-shot-image-classification` writes, as far as the program reads it.
"""
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import torch
from PIL import Image
from torch import nn
from torch.nn import functional
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPTokenizerFast

HERE = Path(__file__).parent
TOKENIZER = HERE / "../../../../../models/scenes/tokenizer"
PICTURES = ["../reader/painted-0.png", "../reader/rendered-3.png", "wide.png", "small.png"]
PROMPTS = ["a red cat and a blue dog", "a boy", "a girl with a striped umbrella " * 30]
MEAN, STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]


def export(model, inputs: dict, outputs: list, dynamic: dict, file: Path) -> None:
    torch.onnx.export(
        model.eval(), (), kwargs=inputs, f=file, input_names=list(inputs), output_names=outputs,
        dynamic_shapes=dynamic, external_data=False, dynamo=True, verbose=False,
    )
    # The lines of source that each node comes from take more room than the weights.
    graph = onnx.load(file)
    for part in (graph, graph.graph, *graph.graph.node, *graph.graph.value_info, *graph.graph.input):
        del part.metadata_props[:]
    onnx.save(graph, file)


def make_pictures() -> None:
    """Noise over slopes: every pixel counts, and neither side is a multiple of the other."""
    random = np.random.default_rng(3)
    for name, height, width in (("wide.png", 50, 83), ("small.png", 21, 17)):
        slope = np.linspace(0, 200, width)[None, :, None] * np.array([1, 0.5, 0.2])
        noise = random.integers(0, 56, (height, width, 3))
        Image.fromarray((slope + noise).astype(np.uint8)).save(HERE / name)


def make_resized() -> None:
    """What Pillow makes of them, in names that say it."""
    for name, size, resample in (
        ("wide", (31, 64), "bicubic"), ("wide", (31, 64), "bilinear"), ("small", (40, 21), "bicubic"),
    ):
        image = Image.open(HERE / f"{name}.png").resize(size, Image.Resampling[resample.upper()])
        image.save(HERE / f"{name}-{size[0]}x{size[1]}-{resample}.png")


def pictures():
    return {Path(name).name: Image.open(HERE / name).convert("RGB") for name in PICTURES}


class Clip(nn.Module):
    def __init__(self, clip):
        super().__init__()
        self.clip = clip

    def forward(self, input_ids, pixel_values, attention_mask):
        found = self.clip(input_ids=input_ids, pixel_values=pixel_values, attention_mask=attention_mask)
        return found.logits_per_image, found.logits_per_text, found.text_embeds, found.image_embeds


def make_clip() -> None:
    folder = HERE / "clip"
    folder.mkdir(exist_ok=True)
    tokenizer = CLIPTokenizerFast.from_pretrained(TOKENIZER)
    shutil.copy(TOKENIZER / "tokenizer.json", folder)
    end = tokenizer.eos_token_id
    torch.manual_seed(1)
    sizes = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2)
    config = CLIPConfig(
        text_config=dict(sizes, vocab_size=len(tokenizer), bos_token_id=end - 1, eos_token_id=end, pad_token_id=end),
        vision_config=dict(sizes, image_size=32, patch_size=8),
        projection_dim=16,
    )
    clip = CLIPModel._from_config(config, attn_implementation="eager").eval()
    processor = CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    processor.save_pretrained(folder)

    def inputs(prompts, images):
        text = tokenizer(prompts, padding=True, truncation=True, max_length=77, return_tensors="pt")
        return dict(
            input_ids=text["input_ids"],
            pixel_values=processor(images, return_tensors="pt")["pixel_values"],
            attention_mask=text["attention_mask"],
        )

    def score(prompt, image):
        found = clip(**inputs([prompt], [image]))
        return 100 * max((found.image_embeds * found.text_embeds).sum().item(), 0.0)

    told = {name: [score(prompt, image) for prompt in PROMPTS] for name, image in pictures().items()}
    text, image = torch.export.Dim("text"), torch.export.Dim("image")
    length = torch.export.Dim("sequence", max=77)
    export(
        Clip(clip), inputs(PROMPTS[:2], list(pictures().values())[:3]),
        ["logits_per_image", "logits_per_text", "text_embeds", "image_embeds"],
        dict(input_ids={0: text, 1: length}, pixel_values={0: image}, attention_mask={0: text, 1: length}),
        folder / "model.onnx",
    )
    tell("clip", told)


class Features(nn.Module):
    """As pytorch-fid's InceptionV3 does it: the network itself makes pictures of any size its own."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(3, 12, 5, stride=3)

    def forward(self, picture):
        picture = functional.interpolate(picture, size=(29, 29), mode="bilinear", align_corners=False)
        return self.convolution(2 * picture - 1).relu().mean((2, 3))


def make_features() -> None:
    torch.manual_seed(2)
    network = Features()

    def features(image):
        picture = torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1)[None].float() / 255
        return network(picture)[0].tolist()

    count, height, width = (torch.export.Dim(name) for name in ("n", "h", "w"))
    export(
        network, dict(picture=torch.rand(2, 3, 40, 50)), ["features"], dict(picture={0: count, 2: height, 3: width}),
        HERE / "features.onnx",
    )
    write("features.json", dict(name="tiny-fid", input="picture", output="features"))
    tell("features", {name: features(image) for name, image in pictures().items()})


class Reward(nn.Module):
    def __init__(self, words: int):
        super().__init__()
        self.words = nn.Embedding(words, 8)
        self.convolution = nn.Conv2d(3, 8, 4, stride=4)
        self.head = nn.Linear(8, 1)

    def forward(self, input_ids, attention_mask, pixel_values):
        mask = attention_mask[..., None].float()
        text = (self.words(input_ids) * mask).sum(1) / mask.sum(1)
        return self.head((text * self.convolution(pixel_values).mean((2, 3))).tanh())


def make_reward() -> None:
    """Pictures as ImageReward takes them: the shorter side made small, then the middle."""
    folder = HERE / "reward"
    folder.mkdir(exist_ok=True)
    tokenizer = CLIPTokenizerFast.from_pretrained(TOKENIZER)
    shutil.copy(TOKENIZER / "tokenizer.json", folder)
    torch.manual_seed(3)
    network = Reward(len(tokenizer))
    processor = CLIPImageProcessor(size={"shortest_edge": 16}, crop_size={"height": 16, "width": 16}, resample=2)

    def inputs(prompt, image):
        text = tokenizer([prompt], padding="max_length", truncation=True, max_length=12, return_tensors="pt")
        pixels = processor([image], return_tensors="pt")["pixel_values"]
        return dict(input_ids=text["input_ids"], attention_mask=text["attention_mask"], pixel_values=pixels)

    told = {
        name: [network(**inputs(prompt, image)).item() for prompt in PROMPTS] for name, image in pictures().items()
    }
    export(network, inputs(PROMPTS[0], pictures()["small.png"]), ["reward"], None, folder / "reward.onnx")
    write("reward/reward.json", dict(
        size=16, resize="crop", filter="bilinear", mean=MEAN, std=STD, tokens=12, pad=tokenizer.pad_token_id,
    ))
    tell("reward", told)


def write(file: str, content) -> None:
    (HERE / file).write_text(json.dumps(content, indent=1) + "\n")


def tell(judge: str, told: dict) -> None:
    write(f"{judge}_told.json", dict(prompts=PROMPTS, pictures=told))


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    make_pictures()
    make_resized()
    make_clip()
    make_features()
    make_reward()
