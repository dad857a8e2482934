"""Makes ids.json: the token ids that transformers gives for prompts of every kind.

    pip install transformers==4.57.3
    python make.py ../../../../../models/scenes

Each line is [prompt, ids of tokenizer, ids of tokenizer_2], without start, end and padding, without truncation. The fast
tokenizers are the measure: the slow ones drop control characters and split Chinese, unless ftfy is installed.
"""

import json
import pathlib
import sys

from transformers import CLIPTokenizerFast

LONG = (
    "a boy with a red hat, a girl with a blue umbrella, a striped cat, two green apples, a yellow car, a purple balloon, " * 3
    + "on the beach at sunset"
)
PROMPTS = [
    "a boy in front of a girl",
    "a young boy wearing a red hat and a girl with a blue umbrella",
    "two giraffes and three birds on the beach at sunset",
    "a red apple, a green car and a striped cat, oil painting, highly detailed, 4k",
    "portrait of an old man with a long white beard in a dark forest",
    "a cat sitting on top of a wooden table next to a vase of yellow flowers",
    "masterpiece, 1girl, silver hair, glowing eyes, cyberpunk city",
    "a brown dog chasing a white rabbit through tall grass",
    LONG,
    " ".join(["cat"] * 75),
    " ".join(["cat"] * 76),
    "x" * 300,
    "",
    " ",
    "\n\t  \r\n",
    "a",
    "A RED Cat",
    "  a   red\n\tcat  ",
    "wow!!! a cat!",
    "hi!? there...",
    "it's the dog's, we're, I'd, they'll, I've, don't, I'm",
    "it\u2019s \u201cquoted\u201d \u2014 dash\u2026",
    "1234 3.14 1,000 16:9 4k 1girl",
    "best_quality (no weights: here) [x] {y} a/b c\\d e&f #tag @me $5 50%",
    "caf\u00e9 cafe\u0301 na\u00efve \u00c5ngstr\u00f6m",
    "\u0130stanbul stra\u00dfe \ufb01n \u01c4",
    "\u65e5\u672c\u8a9e\u306e\u30c6\u30b9\u30c8 \u4e2d\u6587",
    "\ud55c\uad6d\uc5b4 \u1112\u1161\u11ab",
    "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd",
    "\u0928\u092e\u0938\u094d\u0924\u0947 \u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",
    "\u041a\u043e\u0448\u043a\u0430 \u0393\u03ac\u03c4\u03b1",
    "\U0001f600 a \U0001f469\u200d\U0001f469\u200d\U0001f467 cat \U0001f44d\U0001f3fd\u2764\ufe0f",
    "zero\u200bwidth\ufeff joiner\u200d",
    "nul\x00 bell\x07 escape\x1b",
    "no\u00a0break\u2003space\u3000wide",
    "z\u0335\u0321a\u0336\u0322l\u0337",
    "a <|endoftext|> cat",
    "<|startoftext|>a<|ENDOFTEXT|>!",
    "<| endoftext |> </w> cat</w>",
    "\u2460 \u00bd \u2167 \u0663 \uff11\uff12",
    "\U0001d4d0\U0001d4d1 \U00020000",
]

model = pathlib.Path(sys.argv[1])
tokenizers = [CLIPTokenizerFast.from_pretrained(model / name) for name in ("tokenizer", "tokenizer_2")]
lines = [
    json.dumps([prompt, *(tokenizer(prompt, truncation=False).input_ids[1:-1] for tokenizer in tokenizers)])
    for prompt in PROMPTS
]
pathlib.Path(__file__).with_name("ids.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
