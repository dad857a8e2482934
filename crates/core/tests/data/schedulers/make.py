"""Writes the scheduler goldens beside itself: diffusers 0.35.2 run on a formula in place of a model.

  pip install torch scipy torchsde diffusers==0.35.2 && python make.py

tests/schedulers.rs computes the same formulas (`start`, `fake_output`, `fake_noise`) and compares.
"""
import json
from pathlib import Path

import numpy as np
import torch
import diffusers
from diffusers.schedulers import (
    scheduling_dpmsolver_multistep as multistep,
    scheduling_edm_dpmsolver_multistep as edm_multistep,
    scheduling_euler_ancestral_discrete as ancestral,
    scheduling_lcm as lcm,
)

assert diffusers.__version__ == "0.35.2"

SHAPE = (1, 4, 2, 2)


class Corrected(diffusers.DPMSolverMultistepScheduler):
    """Third-order stochastic steps with the sign of k-diffusion's sample_dpmpp_3m_sde: diffusers takes D2 once too often."""

    def multistep_dpm_solver_third_order_update(self, outputs, *args, sample=None, noise=None, **kwargs):
        x = super().multistep_dpm_solver_third_order_update(outputs, *args, sample=sample, noise=noise, **kwargs)
        lambdas = [-torch.log(self.sigmas[self.step_index + 1 - back]) for back in range(4)]
        h, h_0, h_1 = (lambdas[i] - lambdas[i + 1] for i in range(3))
        first, second = (outputs[-1] - outputs[-2]) * h / h_0, (outputs[-2] - outputs[-3]) * h / h_1
        alpha, _ = self._sigma_to_alpha_sigma_t(self.sigmas[self.step_index + 1])
        return x + alpha * (first - second) * h / (h_0 + h_1)


SDE = {"algorithm_type": "sde-dpmsolver++"}
PLAIN_AND_KARRAS = {
    "euler": (diffusers.EulerDiscreteScheduler, {}),
    "heun": (diffusers.HeunDiscreteScheduler, {}),
    "dpmpp-2m": (diffusers.DPMSolverMultistepScheduler, {}),
    "dpmpp-2m-sde": (diffusers.DPMSolverMultistepScheduler, SDE),
    "dpmpp-3m": (diffusers.DPMSolverMultistepScheduler, {"solver_order": 3}),
    "dpmpp-3m-sde": (Corrected, SDE | {"solver_order": 3}),
    "dpmpp-2s": (diffusers.DPMSolverSinglestepScheduler, {}),
    "dpmpp-sde": (diffusers.DPMSolverSDEScheduler, {}),
    "unipc": (diffusers.UniPCMultistepScheduler, {}),
}
SAMPLERS = {
    "dpmpp-2m-lu": (diffusers.DPMSolverMultistepScheduler, {"use_lu_lambdas": True, "use_karras_sigmas": False}),
    "euler-a": (diffusers.EulerAncestralDiscreteScheduler, {}),
    "ddim": (diffusers.DDIMScheduler, {}),
    "lcm": (diffusers.LCMScheduler, {}),
}
for word, (kind, extra) in PLAIN_AND_KARRAS.items():
    SAMPLERS[word] = (kind, extra | {"use_karras_sigmas": False})
    SAMPLERS[f"{word}-karras"] = (kind, extra | {"use_karras_sigmas": True})
KARRAS = {word for word in SAMPLERS if word.endswith("-karras")}
MULTISTEP = {word for word in SAMPLERS if word.startswith(("dpmpp-2m", "dpmpp-3m"))}
# A step of these is two calls of the model; diffusers counts the calls.
TWICE = {word for word in SAMPLERS if word.startswith(("heun", "dpmpp-sde"))}
# These leave rescale_betas_zero_snr out, and we do not.
NOT_RESCALED = TWICE | {"dpmpp-2s", "dpmpp-2s-karras"}
# The same samplers for models that were trained in the EDM formulation. diffusers has no third-order stochastic steps there.
EDM_SAMPLERS = {}
for word, kind, extra in [
    ("euler", diffusers.EDMEulerScheduler, {}),
    ("dpmpp-2m", diffusers.EDMDPMSolverMultistepScheduler, {}),
    ("dpmpp-2m-sde", diffusers.EDMDPMSolverMultistepScheduler, SDE),
    ("dpmpp-3m", diffusers.EDMDPMSolverMultistepScheduler, {"solver_order": 3}),
]:
    EDM_SAMPLERS[word] = (kind, extra)
    EDM_SAMPLERS[f"{word}-karras"] = (kind, extra | {"sigma_schedule": "karras"})
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
NOT_EULER = set(SAMPLERS) - {"euler", "euler-karras"}
BETAS = [round(0.01 + 0.004 * i + 0.003 * (i % 3), 3) for i in range(50)]
# As OTHERS, but not for all samplers: (what differs from SDXL, steps, without).
FEWER = [
    ({"prediction_type": "sample", "timestep_spacing": "trailing"}, 4, {"euler-a", "dpmpp-sde", "dpmpp-sde-karras"}),
    ({"rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}, 4, {"ddim", "lcm"}),
    ({"sigma_min": 0.03, "sigma_max": 12.5}, 6, {"ddim", "euler-a", "lcm", "dpmpp-sde-karras"}),
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
SOLVERS = MULTISTEP - KARRAS
UNIPC = {"unipc"}
SINGLESTEP = {"dpmpp-2s"}
# As OTHERS, for a few samplers: (what differs from SDXL, steps, samplers).
FEW = [
    ({"solver_order": 1}, 5, {"dpmpp-2m", "dpmpp-2m-sde"} | UNIPC | SINGLESTEP),
    ({"solver_type": "heun"}, 7, SOLVERS | SINGLESTEP),
    ({"lower_order_final": False}, 7, SOLVERS | SINGLESTEP),
    ({"lower_order_final": False, "final_sigmas_type": "sigma_min"}, 7, SOLVERS | UNIPC | SINGLESTEP),
    ({"lower_order_final": False, "final_sigmas_type": "sigma_min"}, 8, SINGLESTEP),
    ({"lower_order_final": False}, 8, SINGLESTEP),
    ({}, 8, SINGLESTEP),
    ({"euler_at_final": True, "final_sigmas_type": "sigma_min"}, 17, SOLVERS),
    ({"final_sigmas_type": "sigma_min", "timestep_spacing": "linspace"}, 17, SOLVERS),
    # Of these, dpmpp-2m has a sampler of its own.
    ({"use_lu_lambdas": True}, 6, MULTISTEP - {"dpmpp-2m"}),
    ({"use_lu_lambdas": True, "timestep_spacing": "linspace", "beta_schedule": "squaredcos_cap_v2"}, 9, SOLVERS - {"dpmpp-2m"}),
    ({"use_lu_lambdas": True}, 17, SOLVERS - {"dpmpp-2m"}),
    ({"thresholding": True, "sample_max_value": 1.2, "dynamic_thresholding_ratio": 0.9}, 4, SOLVERS | UNIPC | SINGLESTEP | {"ddim", "lcm"}),
    ({"thresholding": True}, 4, SOLVERS | UNIPC | {"ddim", "lcm"}),
    ({"clip_sample": True, "clip_sample_range": 0.7}, 4, {"ddim", "lcm", "heun", "heun-karras"}),
    ({"clip_sample": True, "clip_sample_range": 0.7, "prediction_type": "v_prediction"}, 4, {"ddim"}),
    ({"solver_order": 3}, 7, UNIPC | {"unipc-karras"}),
    ({"solver_order": 3, "final_sigmas_type": "sigma_min", "lower_order_final": False}, 9, UNIPC),
    ({"solver_type": "bh1", "final_sigmas_type": "sigma_min"}, 7, UNIPC),
    ({"solver_type": "bh1", "final_sigmas_type": "sigma_min", "solver_order": 3}, 7, UNIPC),
    ({"disable_corrector": [0, 3]}, 7, UNIPC),
    ({"use_exponential_sigmas": True, "final_sigmas_type": "sigma_min"}, 7, UNIPC),
    ({"beta_schedule": "squaredcos_cap_v2"}, 9, {"unipc-karras", "dpmpp-2s-karras"}),
]
# Configurations that leave keys out, so that the defaults of classes are seen.
MISSING = [
    {"_class_name": "EulerDiscreteScheduler"},
    {"_class_name": "DDIMScheduler"},
    {"_class_name": "DPMSolverMultistepScheduler", "steps_offset": 1},
]
CLASSES = [
    "DDIMParallelScheduler", "DDIMScheduler", "DDPMParallelScheduler", "DDPMScheduler", "DEISMultistepScheduler",
    "DPMSolverMultistepScheduler", "DPMSolverSDEScheduler", "DPMSolverSinglestepScheduler",
    "EDMDPMSolverMultistepScheduler", "EDMEulerScheduler", "EulerAncestralDiscreteScheduler", "EulerDiscreteScheduler",
    "HeunDiscreteScheduler", "KDPM2AncestralDiscreteScheduler", "KDPM2DiscreteScheduler", "LCMScheduler",
    "LMSDiscreteScheduler", "PNDMScheduler", "SASolverScheduler", "TCDScheduler", "UniPCMultistepScheduler",
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
        if sampler == "ddim" and config["_class_name"] != "DDIMScheduler" and "clip_sample" not in config:
            extra = {"clip_sample": False}  # its default is meant for pixels
        # As users do: the model's own scheduler first, then another one from its configuration.
        own = getattr(diffusers, config["_class_name"])
        scheduler = kind.from_config(own.from_config(config).config, **extra)
    # Of log_linear's levels continuous timesteps use all, and there is one more than steps were asked for.
    is_one_more = config.get("timestep_type") == "continuous" and config.get("interpolation_type") == "log_linear"
    scheduler.set_timesteps(steps - 1 if is_one_more and sampler == "euler" else steps)
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(0)  # else a first timestep that comes twice is taken for the second
    calls = 2 if sampler in TWICE else 1
    assert len(scheduler.timesteps) == calls * steps - (calls - 1)
    sigmas = getattr(scheduler, "sigmas", None)
    if calls == 2:
        sigmas = torch.cat([sigmas[:-1:2], sigmas[-1:]])
    latents = start * scheduler.init_noise_sigma
    every = []
    for call, t in enumerate(scheduler.timesteps):
        i = call // calls
        for module in [ancestral, edm_multistep, lcm, multistep]:
            module.randn_tensor = lambda *_, **__: fake_noise(i)
        if sampler.startswith("dpmpp-sde"):
            scheduler.noise_sampler = lambda now, end: brownian(now, end, call % 2, i, steps)
        output = fake_output(scheduler.scale_model_input(latents, t), i)
        result = scheduler.step(output, t, latents)
        latents = result.prev_sample
        denoised = result.get("pred_original_sample", result.get("denoised"))
        if call % calls == calls - 1 or i == steps - 1:
            every.append(latents)
    if denoised is None:
        denoised = scheduler.model_outputs[-1]
    assert len(every) == steps
    if not torch.isfinite(latents).all():
        # Where the last step leads nowhere, diffusers divides 0 by 0 or takes the root of a rounding error.
        assert abs(sigmas[-1] - sigmas[-2]) < 1e-6, (sampler, config)
        return None
    return {
        "config": config, "steps": steps,
        "timesteps": digits(scheduler.timesteps[::calls]),
        **({"second_timesteps": digits(scheduler.timesteps[1::2])} if calls == 2 else {}),
        # log_linear lays out one level more, which no step reaches.
        "sigmas": None if sigmas is None else digits(sigmas[:steps + 1]),
        "init_noise_sigma": float(scheduler.init_noise_sigma),
        # After each step; of long runs the last only.
        "latents": [digits(latents) for latents in (every if steps < 10 else every[-1:])],
        # What the last step predicts.
        "denoised": digits(denoised),
    }


def brownian(now, end, is_second, i, steps):
    """Unit normal noise of a Brownian path from one level to another, which in the second call goes through the first's."""
    if not is_second:
        return fake_noise(i)
    middle = (now * end) ** 0.5
    before, after = (now - middle) ** 0.5 * fake_noise(i), (middle - end) ** 0.5 * fake_noise(steps + i)
    return (before + after) / (now - end) ** 0.5


def without_rescaling(sampler, config):
    return sampler not in NOT_RESCALED or not config.get("rescale_betas_zero_snr")


FIRST = {"euler", "euler-karras", "euler-a", "ddim", "dpmpp-2m", "dpmpp-2m-karras", "lcm"}
for sampler, (kind, _) in SAMPLERS.items():
    cases = [
        run(sampler, SDXL | {"timestep_spacing": spacing, "prediction_type": prediction}, steps)
        for spacing in ["leading", "trailing", "linspace"]
        for prediction in ["epsilon", "v_prediction"]
        for steps in ([1, 2, 4, 7, 25] if sampler in FIRST else [1, 7, 16])
    ]
    cases += [run(sampler, SDXL | other, steps) for other, steps in OTHERS if without_rescaling(sampler, other)]
    cases += [
        run(sampler, SDXL | other, steps)
        for other, steps, without in FEWER
        if sampler not in without and without_rescaling(sampler, other)
    ]
    cases += [run(sampler, SDXL | other, steps) for other, steps, samplers in FEW if sampler in samplers]
    if sampler not in KARRAS:
        cases += [run(sampler, config, 7) for config in MISSING]
    if sampler in EDM_SAMPLERS:
        cases += [run(sampler, config, steps) for config, steps in EDM]
    lines = ",\n".join(json.dumps(case) for case in cases if case)
    Path(__file__).with_name(f"{sampler}.json").write_text(f"[\n{lines}\n]\n")

# What each class has without any key: keys and values as it would save them.
defaults = {name: json.loads(getattr(diffusers, name)().to_json_string()) for name in CLASSES}
lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(values)}" for name, values in defaults.items())
Path(__file__).with_name("classes.json").write_text(f"{{\n{lines}\n}}\n")
