"""What the torch models of this folder share.

A model is a file with `class Model(torch.nn.Module)`, made by `Model(n_items, opt)`; opt is a dict with the names that
the options of eimf have. Its parameters have the names and shapes of eimf's, weights (in, out); `items` (N+1, D) is
the item table. ids (B, T) are padded with 0 in front, the newest item last.

    interests(ids) -> (B, K, D), or that and what the model's own losses need
    every(ids)     -> (B, T, D): the interest after each item; models that look back only
    extra(step)    -> weighted losses of its own, for models that have some; step is a dict { items, ids, targets,
                      interests, aux, chosen, choice, loss }, loss the Loss over items
"""
import math

import torch
import torch.nn.functional as F
from torch import nn


def item_table(n_items, opt):
    """(N+1, D), row 0 zero, which look_up keeps so. opt["lazy"] makes its gradient sparse, for torch.optim.SparseAdam."""
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
