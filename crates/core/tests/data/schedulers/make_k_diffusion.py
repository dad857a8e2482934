"""Writes k-diffusion.json beside itself: what k-diffusion's own samplers make of the formulas of make.py, on noise levels
of diffusers, for the samplers that people know from there.

  pip install torch scipy torchsde torchdiffeq tqdm diffusers==0.35.2 && pip install --no-deps k-diffusion==0.1.1.post1
  python make_k_diffusion.py
"""
import importlib.util
import json
import sys
import types
from pathlib import Path

import diffusers
import torch

# Its sampling module alone: the package imports what only training needs.
package = types.ModuleType("k_diffusion")
package.__path__ = importlib.util.find_spec("k_diffusion").submodule_search_locations
sys.modules["k_diffusion"] = package
package.utils = sys.modules["k_diffusion.utils"] = types.ModuleType("k_diffusion.utils")
package.utils.append_dims = lambda x, dims: x[(...,) + (None,) * (dims - x.ndim)]
from k_diffusion import sampling

SDXL = {
    "_class_name": "EulerDiscreteScheduler", "num_train_timesteps": 1000, "beta_start": 0.00085, "beta_end": 0.012,
    "beta_schedule": "scaled_linear", "prediction_type": "epsilon", "timestep_spacing": "linspace", "steps_offset": 1,
    # k-diffusion's third-order solver begins with a step of this kind, and goes on with its order to the end.
    "solver_type": "heun", "lower_order_final": False,
}
MIDPOINT = SDXL | {"solver_type": "midpoint"}
STEPS = 8
CASES = [
    ("heun-karras", SDXL, sampling.sample_heun, {}),
    ("dpmpp-2m-karras", MIDPOINT, sampling.sample_dpmpp_2m, {}),
    ("dpmpp-2m-sde-karras", MIDPOINT, sampling.sample_dpmpp_2m_sde, {"solver_type": "midpoint"}),
    ("dpmpp-3m-sde-karras", SDXL, sampling.sample_dpmpp_3m_sde, {}),
    ("dpmpp-sde-karras", SDXL, sampling.sample_dpmpp_sde, {}),
]
index_array = torch.arange(16, dtype=torch.float32).reshape(1, 4, 2, 2)
start = (index_array * 7 % 16 - 7.5) / 8
fake_output = lambda model_input, step: 0.5 * model_input + 0.02 * (index_array % 5 - 2) + 0.01 * step
fake_noise = lambda step: ((index_array * 5 + 3 * step) % 16 - 7.5) / 8

cases = []
for sampler, config, sample, options in CASES:
    scheduler = diffusers.EulerDiscreteScheduler.from_config(config, use_karras_sigmas=True)
    scheduler.set_timesteps(STEPS)
    levels = scheduler.sigmas
    calls = 2 if "heun" in sampler or sampler.startswith("dpmpp-sde") else 1
    call = -1

    def denoise(x, sigma):
        global call
        call += 1
        return x - sigma.item() * fake_output(x / (sigma.item() ** 2 + 1) ** 0.5, call // calls)

    def noise(now, end):
        """Of a Brownian path from one level to another, which in the second call goes through the first call's middle."""
        step = int((levels - now).abs().argmin())
        if calls == 1 or (levels - end).abs().min() > 1e-3:
            return fake_noise(step)
        middle = (now * end) ** 0.5
        before, after = (now - middle) ** 0.5 * fake_noise(step), (middle - end) ** 0.5 * fake_noise(STEPS + step)
        return (before + after) / (now - end) ** 0.5

    if "sde" in sampler:
        options = options | {"noise_sampler": noise, "eta": 1.0}
    x = sample(denoise, start * levels[0], levels, disable=True, **options)
    cases.append({
        "sampler": sampler, "config": config, "steps": STEPS,
        "latents": [float(f"{value:.8g}") for value in x.flatten().tolist()],
    })
lines = ",\n".join(json.dumps(case) for case in cases)
Path(__file__).with_name("k-diffusion.json").write_text(f"[\n{lines}\n]\n")
