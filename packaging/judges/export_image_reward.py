"""ImageReward as an ONNX graph with its card and tokenizer: python export_image_reward.py FOLDER

Needs an environment of its own, because image-reward wants old packages: Python 3.10, image-reward==1.5, onnx==1.17.0,
onnxruntime==1.20.1, torch==2.5.1 with the torchvision that goes with it, transformers==4.46.3, and OpenAI's CLIP
(`pip install git+https://github.com/openai/CLIP.git`), which image-reward imports. It downloads the weights (1.8 GB). The
graph takes token ids, their mask and a picture that is already normalised, and gives the reward as ImageReward scales it.
"""
import json
import sys
from pathlib import Path

import ImageReward
import onnxruntime
import torch
from torch import nn
from transformers.convert_slow_tokenizer import convert_slow_tokenizer

TOKENS, SIDE = 35, 224
MEAN, STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]


class Reward(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, pixel_values):
        return self.model.score_gard(input_ids, attention_mask, pixel_values)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    model = ImageReward.load("ImageReward-v1.0", device="cpu")
    network, tokenizer = Reward(model).eval(), model.blip.tokenizer

    def inputs(prompt: str) -> dict:
        text = tokenizer(prompt, padding="max_length", truncation=True, max_length=TOKENS, return_tensors="pt")
        pixels = torch.randn(1, 3, SIDE, SIDE)
        return dict(input_ids=text.input_ids, attention_mask=text.attention_mask, pixel_values=pixels)

    example = inputs("a red cat and a blue dog")
    graph = folder / "image-reward.onnx"
    torch.onnx.export(
        network, tuple(example.values()), graph, input_names=list(example), output_names=["reward"],
        opset_version=17, dynamo=False,
    )
    card = dict(
        name="image-reward", output="reward", size=SIDE, resize="crop", filter="bicubic", mean=MEAN, std=STD,
        tokens=TOKENS, pad=tokenizer.pad_token_id,
    )
    (folder / "image-reward.json").write_text(json.dumps(card, indent=1) + "\n")
    convert_slow_tokenizer(tokenizer).save(str(folder / "tokenizer.json"))
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    for prompt in ("a boy", "a girl in front of a very old house in the snow at night " * 5):
        feed = inputs(prompt)
        expected = network(**feed).item()
        found = session.run(None, {name: value.numpy() for name, value in feed.items()})[0].item()
        assert abs(found - expected) < 1e-3, f"{prompt}: {found} and {expected}"
        print(f"{prompt[:20]}: {found:.4f}, and {expected:.4f} by ImageReward")


if __name__ == "__main__":
    with torch.no_grad():
        main(Path(sys.argv[1]))
