#!/usr/bin/env python3
"""Writes spec/golden/models/<case>.safetensors: what the torch models of bench/peers compute, which
spec/torch_backbones_spec.lua compares with eimf's, in every instruction set.

    python3 tools/golden_models.py [case ...]        (needs torch 2.13, numpy and safetensors; no case: all)

A new model: write bench/peers/<name>.py (common.py there says what a model is), add to CASES below a line for each form
of it (the case's name is the backbone's, or begins with it and a dash), run this tool with the cases' names, and
commit their files. The spec finds files by itself; it reads backbone and options in them.

A file holds, made in float64 and kept in float32, with dropout 0:
  ids, offsets, targets           a batch, jagged
  initial.<parameter>             small random numbers over the model's own start
  interests                       (B, K, D), and with `every` also every (R, D), nexts (R) the targets of the rows
  <loss>.loss, <loss>.d_<parameter>
                                  of LOSSES below, whose options the metadata hold, and `every`: full softmax after
                                  each row, where the model has it; the model's own losses are added
  steps.ids, steps.lengths, steps.targets, steps.losses, steps.<parameter>
                                  20 steps of torch.optim.Adam with `full`: batches, losses, what the parameters become
With the argument --check nothing is written: the files must hold what this machine's torch computes.
"""
import importlib
import pathlib
import sys
import zlib

import numpy as np
import torch
from safetensors import safe_open
from safetensors.numpy import save_file

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "spec" / "golden" / "models"
sys.path.insert(0, str(ROOT / "bench" / "peers"))

from common import Loss                           # noqa: E402

N, B, STEPS, LR = 30, 5, 20, 0.01
SHARED = {"dim": 8, "n_interests": 3, "max_len": 7, "dropout": 0.0}
LENGTHS = [4, 1, SHARED["max_len"], 2, 5]
SPREAD = {"items": 0.3}                              # of the random numbers; 0.2 for other parameters

LOSSES = {                                           # options besides PLAIN; most models have the first two
    "full": {},
    "cosine": {"cosine": True, "temperature": 0.1},
    "ihn": {"loss": "ihn", "beta": 1.5},
    "bce": {"loss": "bce"},
}
PLAIN = {"loss": "softmax", "n_negatives": 0, "proposal": "uniform", "cosine": False, "temperature": 1.0,
         "readout": "hard"}
TRIED = {"comirec_sa": list(LOSSES)}

ROUTING = {"iterations": 3, "routing_axis": "interest"}
FIRST_LOGITS = {"routing_std": 1.0, "routing_seed": 1, "dynamic_k": False}

CASES = {                                            # options besides SHARED
    "dnn": {},
    "gru4rec": {"layers": 1, "reset": "after"},
    "gru4rec-before": {"layers": 1, "reset": "before"},
    "gru4rec-layers": {"layers": 2, "reset": "after"},
    "sasrec": {"blocks": 2, "heads": 1, "norm": "pre", "ffn": 1},
    "sasrec-post": {"blocks": 1, "heads": 2, "norm": "post", "ffn": 2},
    "mind": ROUTING | FIRST_LOGITS,
    "mind-time": ROUTING | FIRST_LOGITS | {"routing_axis": "time", "iterations": 2},
    "mind-dynamic": ROUTING | FIRST_LOGITS | {"dynamic_k": True},
    "comirec_dr": ROUTING,
    "comirec_dr-time": ROUTING | {"routing_axis": "time"},
    "comirec_sa": {},
    "re4": {"lambda_contrast": 0.2, "lambda_attend": 0.3, "lambda_construct": 0.5},
    "remi": {"lambda_routing": 20.0},
}

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)


def random_for(name):
    return np.random.RandomState(zlib.crc32(name.encode()))


def rounded(x):
    """The value that both sides see: float32, held in float64."""
    return torch.tensor(np.asarray(x, "<f4"), dtype=torch.float64)


# ---- Batches ----------------------------------------------------------------

def draw(random, lengths):
    return {"ids": random.randint(1, N + 1, sum(lengths)), "lengths": np.array(lengths),
            "targets": random.randint(1, N + 1, len(lengths))}


def padded(batch, values):
    """(B, T) of a jagged batch's values, 0 in front."""
    out = torch.zeros(len(batch["lengths"]), max(batch["lengths"]), dtype=torch.long)
    for row, x in zip(out, np.split(values, np.cumsum(batch["lengths"])[:-1])):
        row[len(row) - len(x):] = torch.as_tensor(x)
    return out


# ---- Losses -----------------------------------------------------------------

def over_items(name="full"):
    return Loss(N, {**PLAIN, **LOSSES[name]})


def loss_of(model, batch, loss):
    """The loss over items and the model's own."""
    ids, targets = padded(batch, batch["ids"]), torch.as_tensor(batch["targets"])
    v = model.interests(ids)
    v, aux = v if isinstance(v, tuple) else (v, None)
    value, u, choice = loss(v, model.items, targets)
    if hasattr(model, "extra"):
        value = value + sum(model.extra({
            "items": model.items, "ids": ids, "targets": targets, "interests": v, "aux": aux, "chosen": u,
            "choice": choice, "loss": lambda u, targets: loss.of(u, model.items, targets)}))
    return value, v


def every_of(model, batch, nexts):
    rows = model.every(padded(batch, batch["ids"]))[padded(batch, batch["ids"]) > 0]       # (R, D)
    return over_items().of(rows, model.items, torch.as_tensor(nexts)), rows


# ---- Cases ------------------------------------------------------------------

def losses_of(case):
    return TRIED.get(case, ["full", "cosine"])


def model_of(case, initial=None):
    torch.manual_seed(1)
    model = importlib.import_module(case.split("-")[0]).Model(N, {**SHARED, **CASES[case]})
    for name, p in model.named_parameters():
        p.data = rounded((initial or {}).get(name, p.data))
    return model


def initial_of(case, random):
    out = {}
    for name, p in model_of(case).named_parameters():
        out[name] = rounded(p.detach().numpy() + SPREAD.get(name, 0.2) * random.randn(*p.shape))
    out["items"][0] = 0
    return out


def gradients(prefix, model, value):
    names, parameters = zip(*model.named_parameters())
    grads = torch.autograd.grad(value, parameters, materialize_grads=True)
    return {prefix + ".loss": value, **{f"{prefix}.d_{name}": g for name, g in zip(names, grads)}}


def trajectory(model, random):
    batches = [draw(random, random.randint(1, SHARED["max_len"] + 1, B)) for _ in range(STEPS)]
    adam, losses = torch.optim.Adam(model.parameters(), lr=LR), []
    for batch in batches:
        value, _ = loss_of(model, batch, over_items())
        adam.zero_grad()
        value.backward()
        adam.step()
        losses.append(value.item())
    shared = {name: np.concatenate([batch[name] for batch in batches]) for name in ("ids", "targets")}
    return {**shared, "lengths": np.stack([batch["lengths"] for batch in batches]), "losses": losses,
            **dict(model.named_parameters())}


def arrays_of(case):
    random = random_for(case)
    batch, nexts, initial = draw(random, LENGTHS), random.randint(1, N + 1, sum(LENGTHS)), initial_of(case, random)
    out = {"ids": batch["ids"], "offsets": np.cumsum([0, *LENGTHS]), "targets": batch["targets"]}
    out.update({"initial." + name: x for name, x in initial.items()})
    for name in losses_of(case):
        model = model_of(case, initial)
        value, out["interests"] = loss_of(model, batch, over_items(name))
        out.update(gradients(name, model, value))
    if hasattr(model, "every"):
        value, out["every"] = every_of(model, batch, nexts)
        out.update({"nexts": nexts, **gradients("every", model, value)})
    steps = trajectory(model_of(case, initial), random)
    out.update({"steps." + name: x for name, x in steps.items()})
    return {name: as_array(x) for name, x in out.items()}


# ---- Files ------------------------------------------------------------------

def as_array(x):
    x = x.detach().numpy() if torch.is_tensor(x) else np.asarray(x)
    return np.ascontiguousarray(x, "<f4" if x.dtype.kind == "f" else "<i4")


def lines_of(options):
    return "\n".join(f"{name}={str(x).lower()}" for name, x in sorted(options.items()))


def metadata_of(case):
    return {"backbone": case.split("-")[0], "options": lines_of({**SHARED, **CASES[case]}),
            **{"loss." + name: lines_of(LOSSES[name]) for name in losses_of(case)}}


def differences(case, arrays):
    """Names of arrays that the file does not hold as they are."""
    with safe_open(FOLDER / (case + ".safetensors"), "np") as file:
        if file.metadata() != metadata_of(case) or set(file.keys()) != set(arrays):
            return ["its description or list of arrays"]
        golden = {name: file.get_tensor(name) for name in arrays}
    return [name for name, x in arrays.items() if golden[name].shape != x.shape
            or np.abs(golden[name] - x).max(initial=0) > 1e-5 * np.abs(x).max(initial=1e-30)]


def main():
    check, bad = "--check" in sys.argv, []
    FOLDER.mkdir(parents=True, exist_ok=True)
    for case in [name for name in sys.argv[1:] if name != "--check"] or CASES:
        arrays = arrays_of(case)
        if check:
            bad += [f"{case}: {name}" for name in differences(case, arrays)]
        else:
            path = FOLDER / (case + ".safetensors")
            save_file(arrays, path, metadata=metadata_of(case))
            path.chmod(0o644)
    for line in bad:
        print(f"{line}: not what torch {torch.__version__} computes")
    sys.exit(1 if bad else 0)


main()
