"""Writes the scheduler goldens beside itself: diffusers 0.35.2 run on a formula in place of a model.

  pip install torch scipy diffusers==0.35.2 && python make.py

tests/schedulers.rs computes the same formulas (`start`, `fake_output`, `fake_noise`) and compares.
"""
import json
from pathlib import Path

import numpy as np
import torch
import diffusers
from diffusers.schedulers import scheduling_euler_ancestral_discrete as ancestral, scheduling_lcm as lcm

assert diffusers.__version__ == "0.35.2"

SHAPE = (1, 4, 2, 2)
SAMPLERS = {
    "euler": (diffusers.EulerDiscreteScheduler, {"use_karras_sigmas": False}),
    "euler-karras": (diffusers.EulerDiscreteScheduler, {"use_karras_sigmas": True}),
    "euler-a": (diffusers.EulerAncestralDiscreteScheduler, {}),
    "ddim": (diffusers.DDIMScheduler, {"clip_sample": False}),
    "dpmpp-2m": (diffusers.DPMSolverMultistepScheduler, {"use_karras_sigmas": False}),
    "dpmpp-2m-karras": (diffusers.DPMSolverMultistepScheduler, {"use_karras_sigmas": True}),
    "lcm": (diffusers.LCMScheduler, {}),
}
# The same samplers for models that were trained in the EDM formulation.
EDM_SAMPLERS = {
    "euler": (diffusers.EDMEulerScheduler, {}),
    "euler-karras": (diffusers.EDMEulerScheduler, {"sigma_schedule": "karras"}),
    "dpmpp-2m": (diffusers.EDMDPMSolverMultistepScheduler, {}),
    "dpmpp-2m-karras": (diffusers.EDMDPMSolverMultistepScheduler, {"sigma_schedule": "karras"}),
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
    ({"rescale_betas_zero_snr": True, "prediction_type": "v_prediction"}, 4),
    ({"rescale_betas_zero_snr": True, "prediction_type": "v_prediction", "timestep_spacing": "linspace"}, 4),
    ({"final_sigmas_type": "sigma_min", "timestep_spacing": "trailing"}, 4),
    ({"final_sigmas_type": "sigma_min"}, 20),
]
KARRAS = {"euler-karras", "dpmpp-2m-karras"}
NOT_EULER = set(SAMPLERS) - {"euler", "euler-karras"}
BETAS = [round(0.01 + 0.004 * i + 0.003 * (i % 3), 3) for i in range(50)]
# As OTHERS, but not for all samplers: (what differs from SDXL, steps, without).
FEWER = [
    ({"prediction_type": "sample", "timestep_spacing": "trailing"}, 4, {"euler-a"}),
    ({"rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}, 4, {"ddim", "lcm"}),
    ({"sigma_min": 0.03, "sigma_max": 12.5}, 6, {"ddim", "euler-a", "lcm"}),
    ({"original_inference_steps": 30, "timestep_scaling": 5.0}, 4, set(SAMPLERS) - {"lcm"}),
    ({"trained_betas": BETAS, "num_train_timesteps": 50}, 5, set()),
    ({"use_exponential_sigmas": True}, 6, KARRAS),
    ({"use_exponential_sigmas": True, "timestep_spacing": "trailing", "sigma_min": 0.03}, 20, KARRAS | {"ddim", "euler-a", "lcm"}),
    ({"use_beta_sigmas": True}, 1, KARRAS),
    ({"use_beta_sigmas": True}, 6, KARRAS),
    ({"use_beta_sigmas": True, "timestep_spacing": "linspace", "final_sigmas_type": "sigma_min"}, 25, KARRAS),
    ({"interpolation_type": "log_linear"}, 1, set()),
    ({"interpolation_type": "log_linear"}, 6, set()),
    ({"interpolation_type": "log_linear", "use_exponential_sigmas": True}, 4, KARRAS),
    ({"timestep_type": "continuous"}, 4, set()),
    ({"timestep_type": "continuous", "prediction_type": "v_prediction"}, 4, NOT_EULER),
    ({"timestep_type": "continuous", "prediction_type": "v_prediction", "interpolation_type": "log_linear"}, 12, NOT_EULER),
]
PLAYGROUND = {
    "_class_name": "EDMDPMSolverMultistepScheduler", "num_train_timesteps": 1000, "prediction_type": "epsilon",
    "sigma_min": 0.002, "sigma_max": 80.0, "sigma_data": 0.5, "rho": 7.0, "final_sigmas_type": "zero",
}
COSXL = {
    "_class_name": "EDMEulerScheduler", "num_train_timesteps": 1000, "prediction_type": "v_prediction",
    "sigma_min": 0.002, "sigma_max": 120.0, "sigma_data": 1.0, "sigma_schedule": "exponential",
}
EDM = [(PLAYGROUND, steps) for steps in [1, 2, 7, 25]] + [
    (COSXL, 2), (COSXL, 7), (PLAYGROUND | {"final_sigmas_type": "sigma_min", "rho": 5.0}, 20),
]

index_array = torch.arange(int(np.prod(SHAPE)), dtype=torch.float32).reshape(SHAPE)
start = (index_array * 7 % 16 - 7.5) / 8
fake_output = lambda model_input, step: 0.5 * model_input + 0.02 * (index_array % 5 - 2) + 0.01 * step
fake_noise = lambda step: ((index_array * 5 + 3 * step) % 16 - 7.5) / 8


def digits(tensor):
    return [float(f"{x:.8g}") for x in tensor.flatten().tolist()]


def run(sampler, config, steps):
    if config["_class_name"].startswith("EDM"):
        kind, extra = EDM_SAMPLERS[sampler]
        scheduler = kind.from_config(config, **extra)
    else:
        kind, extra = SAMPLERS[sampler]
        # As users do: the model's own scheduler first, then another one from its configuration.
        scheduler = kind.from_config(diffusers.EulerDiscreteScheduler.from_config(config).config, **extra)
    # Of log_linear's levels continuous timesteps use all, and there is one more than steps were asked for.
    is_one_more = config.get("timestep_type") == "continuous" and config.get("interpolation_type") == "log_linear"
    scheduler.set_timesteps(steps - 1 if is_one_more and sampler == "euler" else steps)
    assert len(scheduler.timesteps) == steps
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(0)  # else a first timestep that comes twice is taken for the second
    sigmas = getattr(scheduler, "sigmas", None)
    latents = start * scheduler.init_noise_sigma
    every = []
    for i, t in enumerate(scheduler.timesteps):
        ancestral.randn_tensor = lcm.randn_tensor = lambda *_, **__: fake_noise(i)
        output = fake_output(scheduler.scale_model_input(latents, t), i)
        result = scheduler.step(output, t, latents)
        latents = result.prev_sample
        denoised = result.get("pred_original_sample", result.get("denoised"))
        every.append(latents)
    if denoised is None:
        denoised = scheduler.model_outputs[-1]
    return {
        "config": config, "steps": steps,
        "timesteps": digits(scheduler.timesteps),
        # log_linear lays out one level more, which no step reaches.
        "sigmas": None if sigmas is None else digits(sigmas[:steps + 1]),
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
    cases += [run(sampler, SDXL | other, steps) for other, steps, without in FEWER if sampler not in without]
    if sampler in EDM_SAMPLERS:
        cases += [run(sampler, config, steps) for config, steps in EDM]
    lines = ",\n".join(json.dumps(case) for case in cases)
    Path(__file__).with_name(f"{sampler}.json").write_text(f"[\n{lines}\n]\n")
