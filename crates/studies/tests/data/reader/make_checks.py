"""Random readings, and which checks of studies/scenes.jsonl each meets by checks.py: python make_checks.py > checks.json

Needs Python alone. Numbers are coarse, so that many lie just on a bound.
"""
import json
import random
from pathlib import Path

from checks import check

here = Path(__file__).parent
labels = json.loads((here / "../../../../../models/reader/labels.json").read_text())
prompts = map(json.loads, (here / "../../../../../studies/scenes.jsonl").read_text().splitlines())
asked = [one for prompt in prompts for one in prompt["checks"]]
random.seed(7)


def thing():
    return {
        "cls": random.choice(labels["classes"]),
        "score": random.choice([0.4, 0.5, 0.75]),
        "colour": random.choice(labels["colours"][:4]),
        "texture": random.choice(labels["textures"]),
        "cx": 6 * random.randrange(20), "cy": 6 * random.randrange(20),
        "w": random.choice([20, 40]), "h": random.choice([24, 36]),
    }


def reading():
    objects = [thing() for _ in range(random.randrange(16))]
    return objects, random.choice(labels["places"]), random.choice(labels["times"])


cases = []
for _ in range(40):
    objects, place, time = reading()
    met = "".join("01"[check(one, (objects, place, time))] for one in asked)
    cases.append(json.dumps({"objects": objects, "place": place, "time": time, "met": met}))
print("[" + ",\n".join(cases) + "]")
