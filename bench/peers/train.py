#!/usr/bin/env python3
"""Trains a torch model of this folder as a run of eimf was trained: python3 train.py folder (see bench/parity.lua)

Reads folder/options.json (of the run) and folder/data.safetensors (its split), trains with the same examples, losses,
optimiser, evaluation and early stopping, and writes folder/torch.safetensors: the item table and the interests of the
users of valid and test, of the best epoch. Random numbers are torch's own.
"""
import importlib
import json
import math
import pathlib
import sys
import time

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

from common import Loss

EVALUATED = 512                # users ranked together


# ---- Examples ---------------------------------------------------------------

def left_padded(items, first, last):
    """Rows items[first:last] with 0 in front: (B, T), T the longest."""
    T = int((last - first).max())
    at = last[:, None] + torch.arange(-T, 0)
    return torch.where(at >= first[:, None], items[at.clamp(min=0)], 0)


def prefixes(data, opt):
    """Of every position with something before it: where its history begins and ends; the target stands at the end."""
    starts, ends = data["train.offsets"][:-1], data["train.offsets"][1:]
    user = torch.repeat_interleave(torch.arange(len(starts)), (ends - starts - 1).clamp(min=0))
    first_of_user = torch.cumsum((ends - starts - 1).clamp(min=0), 0) - (ends - starts - 1).clamp(min=0)
    last = starts[user] + 1 + torch.arange(len(user)) - first_of_user[user]
    return torch.maximum(last - opt["max_len"], starts[user]), last


def one_of_each_user(data, opt):
    starts, ends = data["train.offsets"][:-1], data["train.offsets"][1:]
    starts, ends = starts[ends - starts > 1], ends[ends - starts > 1]
    last = starts + 1 + (torch.rand(len(starts)) * (ends - starts - 1)).long()
    return torch.maximum(last - opt["max_len"], starts), last


def windows(data, opt):
    """Sequences without their last item, cut from the end into pieces of max_len."""
    first, last = [], []
    for start, end in zip(data["train.offsets"][:-1].tolist(), data["train.offsets"][1:].tolist()):
        for hi in range(end - 1, start, -opt["max_len"]):
            first.append(max(start, hi - opt["max_len"]))
            last.append(hi)
    return torch.tensor(first), torch.tensor(last)


def by_number(order, lengths, batch):
    return order.split(batch)


def by_positions(order, lengths, batch):
    """An epoch's windows in shares of about as many positions each, `batch` or somewhat more."""
    lengths = lengths[order]
    rows = int(lengths.sum())
    steps = max(1, rows // max(batch, int(lengths.max())))
    share = (lengths.cumsum(0) - lengths) * steps // rows
    return order.split(torch.bincount(share, minlength=steps).tolist())


MODES = {"prefix": (prefixes, by_number), "cut": (one_of_each_user, by_number), "all": (windows, by_positions)}


def batches(data, opt):
    """An epoch: ids (B, T) and targets, (B) or, for "all", (R)."""
    make, cut = MODES[opt["examples"]]
    first, last = make(data, opt)
    for chosen in cut(torch.randperm(len(first)), last - first, opt["batch"]):
        ids = left_padded(data["train.items"], first[chosen], last[chosen])
        if opt["examples"] == "all":
            nexts = left_padded(data["train.items"], first[chosen] + 1, last[chosen] + 1)
            yield ids, nexts[ids > 0]
        else:
            yield ids, data["train.items"][last[chosen]]


# ---- Training ---------------------------------------------------------------

def loss_of(model, loss, ids, targets, opt):
    if opt["examples"] == "all":
        v, aux = model.every(ids)[ids > 0].unsqueeze(1), None                              # (R, 1, D)
    else:
        v = model.interests(ids)                                                           # (B, K, D)
        v, aux = v if isinstance(v, tuple) else (v, None)
    value, u, choice = loss(v, model.items, targets)
    if hasattr(model, "extra"):
        value = value + sum(model.extra({
            "items": model.items, "ids": ids, "targets": targets, "interests": v, "aux": aux, "chosen": u,
            "choice": choice, "loss": lambda u, targets: loss.of(u, model.items, targets)}))
    return value


def optimisers(model, opt):
    adam, sparse = torch.optim.Adam, torch.optim.SparseAdam
    if not opt["lazy"]:
        return [adam(model.parameters(), lr=opt["lr"], weight_decay=opt["weight_decay"])]
    rest = [p for name, p in model.named_parameters() if name != "items"]
    return [sparse([model.items], lr=opt["lr"])] + ([adam(rest, lr=opt["lr"])] if rest else [])


def train_epoch(model, loss, algorithms, data, opt):
    total, steps = 0.0, 0
    model.train()
    for ids, targets in batches(data, opt):
        for algorithm in algorithms:
            algorithm.zero_grad()
        value = loss_of(model, loss, ids, targets, opt)
        value.backward()
        if opt["clip"] > 0:
            torch.nn.utils.clip_grad_norm_(model.parameters(), opt["clip"])
        for algorithm in algorithms:
            algorithm.step()
        total, steps = total + value.item(), steps + 1
    return total / steps


# ---- Evaluation: recall@n and ndcg@n ----------------------------------------

@torch.no_grad()
def interests_of(model, data, part, opt):
    model.eval()
    first, last = data[part + ".history_offsets"][:-1], data[part + ".history_offsets"][1:]
    first, out = torch.maximum(first, last - opt["max_len"]), []
    for lo in range(0, len(last), EVALUATED):
        ids = left_padded(data[part + ".history"], first[lo:lo + EVALUATED], last[lo:lo + EVALUATED])
        v = model.interests(ids)
        out.append(v[0] if isinstance(v, tuple) else v)
    return torch.cat(out)


def of_user(ranked, targets, measure):
    hits = torch.isin(ranked, targets).double()
    if measure == "recall":
        return float(hits.sum()) / len(targets)
    gains = 1 / torch.log2(torch.arange(len(ranked)) + 2.0)
    return float((hits * gains).sum() / gains[:len(targets)].sum())


@torch.no_grad()
def ranked_lists(v, items, data, part, opt):
    """The best n items of each user (V, n)."""
    if opt["cosine"]:
        v, items = F.normalize(v, dim=2), F.normalize(items, dim=1)
    out, seen = [], data[part + ".history_offsets"]
    for lo in range(0, len(v), EVALUATED):
        scores = (v[lo:lo + EVALUATED] @ items.T).amax(1)                                  # (B, N+1)
        scores[:, 0] = -math.inf
        if opt["leaves_seen_out"]:
            starts = seen[lo:lo + len(scores) + 1]
            rows = torch.repeat_interleave(torch.arange(len(scores)), starts.diff())
            scores[rows, data[part + ".history"][starts[0]:starts[-1]]] = -math.inf
        out.append(scores.topk(int(opt["metric"].split("@")[1])).indices)
    return torch.cat(out)


def metric_of(v, items, data, part, opt):
    measure, offsets = opt["metric"].split("@")[0], data[part + ".target_offsets"].tolist()
    lists = ranked_lists(v, items, data, part, opt)
    return sum(of_user(ranked, data[part + ".targets"][offsets[u]:offsets[u + 1]].unique(), measure)
               for u, ranked in enumerate(lists)) / len(lists)


# ---- A run ------------------------------------------------------------------

def run(data, opt, n_items):
    torch.manual_seed(opt["seed"])
    model = importlib.import_module(opt["backbone"]).Model(n_items, opt)
    form = opt["loss"] if opt["loss"] != "auto" else getattr(model, "loss", "softmax")
    loss = Loss(n_items, {**opt, "loss": form})
    algorithms, best, best_epoch, since = optimisers(model, opt), -1.0, 0, time.time()
    for epoch in range(1, opt["epochs"] + 1):
        for algorithm in algorithms:
            algorithm.param_groups[0]["lr"] = opt["lr"] * opt["lr_decay"] ** (epoch - 1)
        mean = train_epoch(model, loss, algorithms, data, opt)
        value = metric_of(interests_of(model, data, "valid", opt), model.items, data, "valid", opt)
        print(f"epoch {epoch}  loss {mean:.4f}  valid {opt['metric']} {value:.4f}  {time.time() - since:.0f} s",
              flush=True)
        if value > best:
            best, best_epoch = value, epoch
            state = {name: x.clone() for name, x in model.state_dict().items()}
        elif epoch - best_epoch >= opt["patience"]:
            break
    model.load_state_dict(state)
    return model, {"best_epoch": best_epoch, "valid": best, "seconds": time.time() - since}


def main():
    folder = pathlib.Path(sys.argv[1])
    opt = json.loads((folder / "options.json").read_text())
    data = {name: x.long() for name, x in load_file(folder / "data.safetensors").items()}
    opt["lazy"] = opt["lazy"] and opt["n_negatives"] > 0           # a full softmax moves every row
    torch.set_num_threads(opt["threads"])
    model, facts = run(data, opt, opt["n_items"])
    arrays = {part: interests_of(model, data, part, opt).contiguous() for part in ("valid", "test")}
    save_file({**arrays, "items": model.items.detach()}, folder / "torch.safetensors",
              metadata={name: str(x) for name, x in facts.items()})


if __name__ == "__main__":
    main()
