"""Independent PyTorch reference of docs/method.md on an SDXL folder: python reference.py MODEL_DIR OUT_DIR CASES.json

Writes one .npz a case, with the arrays of README.md, for pack.py.
"""

import json
import sys

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline


def active(p, start, end):
    return start <= p and (p < end or end >= 1)


class Control:
    """One case's settings; `p` is the progress of the running step."""

    def __init__(self, c, length):
        self.c, self.p, self.L = c, 0.0, length
        self.maps, self.scores, self.rows, self.gap = {}, {}, {}, np.inf
        self.value_ctx = None
        self.hw = (c.get("height", 256) // 8, c.get("width", 256) // 8)

    def grid(self, n):
        """(h, w) of a layer with n patches."""
        H, W = self.hw
        k = round((H * W / n) ** 0.5)
        return H // k, W // k

    def regions(self, n):
        """Label of each of n patches: -1 where attention decides, -2 where nobody is."""
        labels = torch.full(self.hw, -1)
        for top, left, bottom, right, label in self.c.get("regions", []):
            labels[top:bottom, left:right] = label
        (H, W), (h, w) = self.hw, self.grid(n)
        rows, columns = ((torch.arange(a) + 0.5) * A / a for a, A in ((h, H), (w, W)))
        return labels[rows.long()][:, columns.long()].reshape(-1)

    def tau(self):
        return self.c.get("tau", 1.0) if active(self.p, 0.0, self.c.get("temperature_end", 1.0)) else 1.0

    def weights(self):
        """Weight of each token [L] at this step."""
        w = torch.ones(self.L)
        c = self.c
        if "weight_amplitude" in c:
            a = c["weight_amplitude"]
            g, e = max(0.05, 1 + a - 2 * a * self.p), max(0.05, 1 - a + 2 * a * self.p)
            for t in c["global_content"]:
                w[t] = g
            for grp in c["groups"]:
                for t in grp:
                    w[t] = e
        for t, x in c.get("prompt_weights", {}).items():
            w[int(t)] *= x
        return w


class Processor:
    def __init__(self, name, ctl):
        self.name, self.ctl = name, ctl

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, **_):
        cross = encoder_hidden_states is not None
        ctl = self.ctl
        c = ctl.c
        ctx = encoder_hidden_states if cross else hidden_states
        vctx = ctl.value_ctx if cross and ctl.value_ctx is not None else ctx
        b, n, _ = hidden_states.shape
        h = attn.heads
        split = lambda x: x.view(b, -1, h, x.shape[-1] // h).transpose(1, 2)
        q, k, v = split(attn.to_q(hidden_states)), split(attn.to_k(ctx)), split(attn.to_v(vctx))
        logits = q @ k.transpose(-1, -2) * attn.scale
        keep = lambda d, x: d.setdefault(self.name, []).append(x.numpy().copy())
        if not cross:
            a = (logits / ctl.tau()).softmax(-1)
            if "patch" in c:
                gh, gw = ctl.grid(n)
                y, x = c["patch"]
                keep(ctl.rows, a[-1, :, int(y * gh) * gw + int(x * gw)].mean(0))
        else:
            a = logits.softmax(-1)
            neutral = used = a[-1]  # [h, n, L], the conditional row
            groups = c.get("groups", [])
            if len(groups) >= 2:
                mean = neutral.mean(0)
                red = c.get("mask_reduce", "sum")
                score = torch.stack(
                    [
                        getattr(mean[:, g], {"sum": "sum", "mean": "mean", "max": "amax"}[red])(-1)
                        for g in groups
                    ],
                    -1,
                )
                keep(ctl.scores, score)
                if "mask_strength" in c and active(ctl.p, c.get("mask_start", 0.0), c.get("mask_end", 1.0)):
                    top = score.topk(2, -1).values
                    top = top[top[:, 0] > 1e-3]  # where no group is looked at, the choice changes nothing
                    if len(top):
                        ctl.gap = min(ctl.gap, float((top[:, 0] - top[:, 1]).min()))
                    told = ctl.regions(n)
                    best = torch.where(told == -1, score.argmax(-1), told)
                    allowed = torch.ones(n, ctl.L, dtype=torch.bool)
                    for i, g in enumerate(groups):
                        allowed[:, g] = (best == i)[:, None]
                    masked = logits[-1].masked_fill(~allowed[None], float("-inf")).softmax(-1)
                    s = c["mask_strength"]
                    used = (1 - s) * neutral + s * masked
            w = ctl.weights()
            used = used * w
            used = used / used.sum(-1, keepdim=True)
            a = torch.cat([a[:-1], used[None]])
            keep(ctl.maps, used.mean(0))
        out = (a @ v).transpose(1, 2).reshape(b, n, -1)
        return attn.to_out[1](attn.to_out[0](out))


def chunks(tok, text):
    """Token ids in chunks of 77: start, up to 75 content tokens, end, the tokenizer's own padding."""
    ids = tok(text, truncation=False).input_ids[1:-1]
    out = []
    for i in range(0, max(len(ids), 1), 75):
        part = [tok.bos_token_id, *ids[i : i + 75], tok.eos_token_id]
        out.append(part + [tok.pad_token_id] * (77 - len(part)))
    return out


def encode(pipe, text, n=1):
    """-> embedding [1, 77 * chunks, D] with at least n chunks, pooled [1, P] of the first chunk."""
    both = []
    pooled = None
    for tok, enc in ((pipe.tokenizer, pipe.text_encoder), (pipe.tokenizer_2, pipe.text_encoder_2)):
        ids = chunks(tok, text)
        ids += chunks(tok, "") * (n - len(ids))
        parts = []
        for k, row in enumerate(ids):
            o = enc(torch.tensor([row]), output_hidden_states=True)
            parts.append(o.hidden_states[-2])
            if k == 0:
                pooled = o[0]
        both.append(torch.cat(parts, 1))
    return torch.cat(both, -1), pooled


@torch.no_grad()
def run(pipe, case):
    h, w = case.get("height", 256), case.get("width", 256)
    neg = case.get("negative_prompt", "")
    n = max(len(chunks(pipe.tokenizer, case["prompt"])), len(chunks(pipe.tokenizer, neg)))
    (pe, pp), (ne, np_) = encode(pipe, case["prompt"], n), encode(pipe, neg, n)
    ctl = Control(case, pe.shape[1])
    pipe.unet.set_attn_processor(
        {k: Processor(k.removesuffix(".processor"), ctl) for k in pipe.unet.attn_processors}
    )
    guided = case["guidance"] > 1
    if "structured" in case:  # list of [phrase, first token in the full prompt]
        copies = [pe]
        for phrase, start in case["structured"]:
            e = encode(pipe, phrase)[0]
            m = len(pipe.tokenizer(phrase).input_ids) - 2
            c = pe.clone()
            c[:, start : start + m] = e[:, 1 : 1 + m]
            copies.append(c)
        mean = torch.stack(copies).mean(0)
        ctl.value_ctx = torch.cat([ne, mean]) if guided else mean
    ids = torch.tensor([[h, w, 0, 0, h, w]], dtype=torch.float32)
    s = EulerDiscreteScheduler.from_config(pipe.scheduler.config)
    s.set_timesteps(case["steps"])
    x0 = torch.randn(1, 4, h // 8, w // 8, generator=torch.Generator().manual_seed(case["seed"]))
    x = x0 * s.init_noise_sigma
    rec = dict(u=[], c=[], x=[])
    ctx, pooled = (torch.cat([ne, pe]), torch.cat([np_, pp])) if guided else (pe, pp)
    for i, t in enumerate(s.timesteps):
        ctl.p = i / max(case["steps"] - 1, 1)
        inp = s.scale_model_input(torch.cat([x] * len(ctx)), t)
        e = pipe.unet(
            inp, t, ctx, added_cond_kwargs=dict(text_embeds=pooled, time_ids=ids.repeat(len(ctx), 1))
        ).sample
        u, c = e[:1], e[-1:]
        x = s.step(u + case["guidance"] * (c - u) if guided else c, t, x).prev_sample
        rec["u"].append(u[0])
        rec["c"].append(c[0])
        rec["x"].append(x[0])
    img = (pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample[0] / 2 + 0.5).clamp(0, 1)
    out = dict(
        init_latents=x0.numpy(),
        prompt_embeds=pe.numpy(),
        negative_prompt_embeds=ne.numpy(),
        pooled=pp.numpy(),
        negative_pooled=np_.numpy(),
        time_ids=ids.numpy(),
        timesteps=s.timesteps.float().numpy(),
        sigmas=s.sigmas.float().numpy(),
        noise_pred_uncond=torch.stack(rec["u"]).numpy(),
        noise_pred_cond=torch.stack(rec["c"]).numpy(),
        latents=torch.stack(rec["x"]).numpy(),
        image=short(img.numpy()),
        case=np.array(json.dumps(case)),
    )
    stack = lambda d: {k: np.stack(v) for k, v in d.items()}
    maps, scores, rows = stack(ctl.maps), stack(ctl.scores), stack(ctl.rows)
    out.update({"map/" + k: short(v) for k, v in maps.items()})
    out.update({"score/" + k: short(v) for k, v in scores.items()})
    out.update({"selfrow/" + k: short(v) for k, v in rows.items()})
    T = case["steps"]
    used = min(ctl.L, len(pipe.tokenizer(case["prompt"], truncation=False).input_ids)) if n == 1 else ctl.L
    agg = aggregate(ctl, {k: v.transpose(0, 2, 1)[:, :used] for k, v in maps.items()})
    out["aggregate"] = short(agg)
    out["focus"] = np.stack([[focus(m.ravel()) for m in a] for a in agg]).astype(np.float32)
    out["overlap"] = (
        np.stack([[[overlap(a.ravel(), b.ravel()) for b in step] for a in step] for step in agg]).astype(
            np.float32
        )
        if n == 1
        else np.zeros((T, 0, 0), np.float32)
    )
    if rows:
        out["selfrow"] = short(aggregate(ctl, {k: v[:, None] for k, v in rows.items()})[:, 0])
    return out, ctl.gap


def aggregate(ctl, layers):
    """{layer: [T, K, N]} -> [T, K, h, w]: every layer resized to the largest grid, then the mean."""
    gh, gw = max((ctl.grid(v.shape[-1]) for v in layers.values()), key=lambda g: g[0] * g[1])
    up = [
        F.interpolate(
            torch.from_numpy(np.ascontiguousarray(v)).reshape(*v.shape[:2], *ctl.grid(v.shape[-1])),
            size=(gh, gw),
            mode="bilinear",
            align_corners=False,
        )
        for v in layers.values()
    ]
    return torch.stack(up).mean(0).numpy()


def excess(m):
    e = np.maximum(m.astype(np.float64) - m.astype(np.float64).mean(), 0)
    return e / e.sum() if e.sum() > 0 else e


def focus(m):
    e = excess(m)
    return 0.0 if e.sum() == 0 else 1 + float((e[e > 0] * np.log(e[e > 0])).sum()) / np.log(len(m))


def overlap(a, b):
    return float(np.minimum(excess(a), excess(b)).sum())


def short(x):
    """f32 rounded to 12 bits of mantissa (error < 1.3e-4 of the value): compresses to half."""
    return ((np.ascontiguousarray(x, np.float32).view(np.uint32) + 0x400) & np.uint32(0xFFFFF800)).view(
        np.float32
    )


if __name__ == "__main__":
    model, outdir, cases = sys.argv[1:4]
    pipe = StableDiffusionXLPipeline.from_pretrained(model, torch_dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    for name, case in json.load(open(cases)).items():
        if "mask_strength" in case:
            # A seed whose closest decision is far from a tie, so that rounding cannot flip it.
            tries = []
            for seed in range(case["seed"], case["seed"] + 100, 10):
                tries.append((run(pipe, dict(case, seed=seed))[1], seed))
                if tries[-1][0] > 1.5e-5:
                    break
            case["seed"] = max(tries)[1]
        r, gap = run(pipe, case)
        np.savez_compressed(f"{outdir}/{name}.npz", **r)
        print(name, "seed", case["seed"], f"gap {gap:.1e}", flush=True)
