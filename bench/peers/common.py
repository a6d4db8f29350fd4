"""What the torch models of this folder share.

A model is a file with `class Model(torch.nn.Module)`, made by `Model(n_items, opt)`; opt is a dict with the names that
the options of eimf have. Its parameters have the names and shapes of eimf's, weights (in, out); `items` (N+1, D) is
the item table. ids (B, T) are padded with 0 in front, the newest item last.

    interests(ids) -> (B, K, D), or that and what the model's own losses need
    every(ids)     -> (B, T, D): the interest after each item; models that look back only
    extra(step)    -> weighted losses of its own, for models that have some; step is a dict { items, ids, targets,
                      interests, aux, chosen, choice, loss }, loss(u, targets) the loss over items
    loss           the name of the loss that option loss="auto" is; softmax where there is none
"""
import math

import torch
import torch.nn.functional as F
from torch import nn


def item_table(n_items, opt):
    """(N+1, D), row 0 zero, which look_up keeps so. With opt["lazy"] its gradient is sparse, for SparseAdam."""
    items = nn.Parameter(0.02 * torch.randn(n_items + 1, opt["dim"]))
    with torch.no_grad():
        items[0] = 0
    items.lazy = opt.get("lazy", False)
    return items


def look_up(items, ids):
    return F.embedding(ids, items, padding_idx=0, sparse=items.lazy)


def uniform(*shape):
    """As torch's layers begin: even within 1 / sqrt(inputs), which are the first dimension but one."""
    return nn.Parameter((2 * torch.rand(*shape) - 1) / math.sqrt(shape[-2] if len(shape) > 1 else shape[-1]))


class Linear(nn.Module):
    """y = x W + b, W (in, out)"""

    def __init__(self, n_in, n_out):
        super().__init__()
        self.weight = uniform(n_in, n_out)
        self.bias = nn.Parameter((2 * torch.rand(n_out) - 1) / math.sqrt(n_in))

    def forward(self, x):
        return x @ self.weight + self.bias


def counted_back(table, T):
    """Rows of a table (max_len, D) for T places, the newest last: row 0 is the newest item's."""
    return table[:T].flip(0)


def readout(v, e):
    """The interest with the largest v_k . e: v (B, K, D), e (B, D) -> (B, D), (B)"""
    choice = torch.einsum("bkd,bd->bk", v.detach(), e.detach()).argmax(1)
    return v[torch.arange(len(v)), choice], choice


class Loss:
    """The loss over items that opt asks for, mean over rows (docs/losses.md)."""

    def __init__(self, n_items, opt):
        self.n_items, self.opt = n_items, opt
        self.S = 0 if opt["n_negatives"] >= n_items else opt["n_negatives"]
        assert opt["proposal"] == "uniform", "negatives are drawn evenly here"

    def __call__(self, v, items, targets):
        """v (B, K, D) -> loss, the interests read out (B, D), which they are (B)"""
        u, choice = self.readout(v, look_up(items, targets))
        return self.of(u, items, targets), u, choice

    def readout(self, v, e):
        if self.opt["readout"] == "hard":
            return readout(v, e)
        scores = torch.einsum("bkd,bd->bk", v.detach(), e.detach())
        choice = scores.softmax(1).multinomial(1).squeeze(1)
        return v[torch.arange(len(v)), choice], choice

    def of(self, u, items, targets):
        """u (B, D) answer for their targets (B)"""
        form, u = self.opt["loss"], self.unit(u) / self.opt["temperature"]
        if self.S == 0 and form == "softmax":
            return F.cross_entropy(u @ self.unit(items[1:]).T, targets - 1)
        ids = torch.randperm(self.n_items)[:self.S] + 1 if self.S else torch.arange(1, self.n_items + 1)
        own = (u * self.unit(look_up(items, targets))).sum(1)                                  # (B)
        others = u @ self.unit(look_up(items, ids)).T                                          # (B, S)
        same = ids == targets.unsqueeze(1)
        if form in ("bce", "gbce"):
            return self.binary(own, others.masked_fill(same, -torch.inf)).mean()
        drawn = math.log(self.n_items / self.S) if self.S and self.opt["correct"] == "full" else 0.0
        bias = torch.full_like(others, drawn).masked_fill(same, -torch.inf)
        return (torch.logaddexp(own, self.sum_of(others, bias)) - own).mean()

    def sum_of(self, others, bias):
        """ln of the others' sum, (B): the plain one, or that of hard negatives"""
        if self.opt["loss"] == "softmax":
            return torch.logsumexp(others + bias, 1)
        beta = self.opt["beta"]
        return (torch.logsumexp(bias, 1) + torch.logsumexp((beta + 1) * others + bias, 1)
                - torch.logsumexp(beta * others + bias, 1))

    def binary(self, own, others):
        k, taken, left = self.S or self.n_items - 1, F.logsigmoid(own), F.logsigmoid(-others).sum(1)
        if self.opt["loss"] == "bce":
            return -taken - left / k
        a = k / (self.n_items - 1)
        weight = a * (self.opt["calibration"] * (1 - 1 / a) + 1 / a)
        return -(weight * taken + left) / (1 + k)

    def unit(self, x):
        return F.normalize(x, dim=1) if self.opt["cosine"] else x
