"""Writes the scheduler goldens beside itself: diffusers 0.35.2 run on a formula in place of a model.

  pip install torch diffusers==0.35.2 && python make.py

tests/schedulers.rs computes the same formulas (`start`, `fake_output`, `fake_noise`) and compares.
"""
import json
from pathlib import Path

import numpy as np
import torch
import diffusers
from diffusers.schedulers import scheduling_euler_ancestral_discrete as ancestral

assert diffusers.__version__ == "0.35.2"

SHAPE = (1, 4, 2, 2)
SAMPLERS = {
    "euler": (diffusers.EulerDiscreteScheduler, {"use_karras_sigmas": False}),
    "euler-karras": (diffusers.EulerDiscreteScheduler, {"use_karras_sigmas": True}),
    "euler-a": (diffusers.EulerAncestralDiscreteScheduler, {}),
    "ddim": (diffusers.DDIMScheduler, {"clip_sample": False}),
    "dpmpp-2m": (diffusers.DPMSolverMultistepScheduler, {"use_karras_sigmas": False}),
    "dpmpp-2m-karras": (diffusers.DPMSolverMultistepScheduler, {"use_karras_sigmas": True}),
}
SDXL = {
    "_class_name": "EulerDiscreteScheduler", "num_train_timesteps": 1000, "beta_start": 0.00085, "beta_end": 0.012,
    "beta_schedule": "scaled_linear", "prediction_type": "epsilon", "timestep_spacing": "leading", "steps_offset": 1,
}
# Beside spacing x prediction type x steps: (what differs from SDXL, steps).
OTHERS = [
    ({"beta_schedule": "linear", "beta_start": 0.0001, "beta_end": 0.02, "steps_offset": 0}, 5),
    ({"beta_schedule": "squaredcos_cap_v2"}, 5),
    ({"num_train_timesteps": 300, "timestep_spacing": "linspace"}, 5),
    ({"set_alpha_to_one": False}, 3),
    ({"rescale_betas_zero_snr": True, "prediction_type": "v_prediction", "timestep_spacing": "trailing"}, 5),
    ({"timestep_spacing": "linspace"}, 26),  # halves that f32 would round the other way
    ({"timestep_spacing": "linspace"}, 27),
]

index_array = torch.arange(int(np.prod(SHAPE)), dtype=torch.float32).reshape(SHAPE)
start = (index_array * 7 % 16 - 7.5) / 8
fake_output = lambda model_input, step: 0.5 * model_input + 0.02 * (index_array % 5 - 2) + 0.01 * step
fake_noise = lambda step: ((index_array * 5 + 3 * step) % 16 - 7.5) / 8


def digits(tensor):
    return [float(f"{x:.8g}") for x in tensor.flatten().tolist()]


def run(sampler, config, steps):
    kind, extra = SAMPLERS[sampler]
    # As users do: the model's own scheduler first, then another one from its configuration.
    scheduler = kind.from_config(diffusers.EulerDiscreteScheduler.from_config(config).config, **extra)
    scheduler.set_timesteps(steps)
    assert len(scheduler.timesteps) == steps
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(0)  # else a first timestep that comes twice is taken for the second
    sigmas = getattr(scheduler, "sigmas", None)
    latents = start * scheduler.init_noise_sigma
    every = []
    for i, t in enumerate(scheduler.timesteps):
        ancestral.randn_tensor = lambda *_, **__: fake_noise(i)
        output = fake_output(scheduler.scale_model_input(latents, t), i)
        result = scheduler.step(output, t, latents)
        latents = result.prev_sample
        denoised = result.get("pred_original_sample")
        every.append(latents)
    if denoised is None:
        denoised = scheduler.model_outputs[-1]
    return {
        "config": config, "steps": steps,
        "timesteps": digits(scheduler.timesteps),
        "sigmas": None if sigmas is None else digits(sigmas),
        "init_noise_sigma": float(scheduler.init_noise_sigma),
        # After each step; of long runs the last only.
        "latents": [digits(latents) for latents in (every if steps < 10 else every[-1:])],
        # What the last step predicts.
        "denoised": digits(denoised),
    }


for sampler in SAMPLERS:
    cases = [
        run(sampler, SDXL | {"timestep_spacing": spacing, "prediction_type": prediction}, steps)
        for spacing in ["leading", "trailing", "linspace"]
        for prediction in ["epsilon", "v_prediction"]
        for steps in [1, 2, 4, 7, 25]
    ] + [run(sampler, SDXL | other, steps) for other, steps in OTHERS]
    lines = ",\n".join(json.dumps(case) for case in cases)
    Path(__file__).with_name(f"{sampler}.json").write_text(f"[\n{lines}\n]\n")
