"""The InceptionV3 of FID and KID as an ONNX graph with its card: python export_inception.py FOLDER

Needs onnx==1.23.2, onnxruntime==1.32.0, onnxscript==0.7.2, pytorch-fid==0.3.0, torch==2.15.0 and the torchvision that goes
with it. pytorch-fid downloads the weights (95 MB), those of TensorFlow's original. The graph takes pictures of any size in
0..1 and resizes them as pytorch-fid does (bilinear, to 299 x 299); its 2048 features are the last average pooling's.
"""
import json
import sys
from pathlib import Path

import onnxruntime
import torch
from pytorch_fid.inception import InceptionV3
from torch import nn


class Features(nn.Module):
    def __init__(self):
        super().__init__()
        self.inception = InceptionV3([InceptionV3.BLOCK_INDEX_BY_DIM[2048]])

    def forward(self, picture):
        return self.inception(picture)[0].flatten(1)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    network = Features().eval()
    graph = folder / "inception.onnx"
    count, height, width = (torch.export.Dim(name) for name in ("n", "h", "w"))
    torch.onnx.export(
        network, (torch.rand(2, 3, 256, 320),), graph, input_names=["picture"], output_names=["features"],
        dynamic_shapes=({0: count, 2: height, 3: width},), external_data=False, dynamo=True,
    )
    card = {"name": "fid", "input": "picture", "output": "features"}
    (folder / "inception.json").write_text(json.dumps(card, indent=1) + "\n")
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    for shape in ((1, 3, 512, 384), (1, 3, 200, 200)):
        picture = torch.rand(shape)
        expected = network(picture)
        found = torch.from_numpy(session.run(None, {"picture": picture.numpy()})[0])
        difference = (found - expected).abs().max().item()
        assert difference < 1e-3 * expected.abs().max().item(), f"{shape}: {difference}"
        print(f"{shape}: the largest difference from pytorch-fid is {difference:.1e}")


if __name__ == "__main__":
    with torch.no_grad():
        main(Path(sys.argv[1]))
