"""SASRec (Kang and McAuley 2018): a causal transformer over the history; the interest is its newest row."""
import math

import torch
import torch.nn.functional as F
from torch import nn

from common import Linear, counted_back, item_table, look_up, uniform


class Norm(nn.Module):
    def __init__(self, D):
        super().__init__()
        self.gain, self.bias = nn.Parameter(torch.ones(D)), nn.Parameter(torch.zeros(D))

    def forward(self, x):
        return F.layer_norm(x, x.shape[-1:], self.gain, self.bias)


class Attention(nn.Module):
    def __init__(self, D, heads, dropout):
        super().__init__()
        self.qkv, self.out, self.heads, self.dropout = uniform(D, 3 * D), Linear(D, D), heads, dropout

    def forward(self, x, seen):
        """x (B, T, D); seen (B, 1, T, T): which places a place looks at"""
        B, T, D = x.shape
        q, k, v = (x @ self.qkv).view(B, T, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, seen, self.dropout if self.training else 0.0)
        return self.out(y.transpose(1, 2).reshape(B, T, D))


class FeedForward(nn.Module):
    def __init__(self, D, hidden, dropout):
        super().__init__()
        self.inner, self.outer, self.dropout = Linear(D, hidden), Linear(hidden, D), nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout(self.outer(self.dropout(self.inner(x).relu())))


class Block(nn.Module):
    def __init__(self, D, opt):
        super().__init__()
        self.pre = opt["norm"] == "pre"
        self.norm1, self.norm2 = Norm(D), Norm(D)
        self.attention = Attention(D, opt["heads"], opt["dropout"])
        self.feed_forward = FeedForward(D, opt["ffn"] * D, opt["dropout"])

    def forward(self, x, seen):
        if self.pre:
            x = x + self.attention(self.norm1(x), seen)
            return x + self.feed_forward(self.norm2(x))
        x = self.norm1(x + self.attention(x, seen))
        return self.norm2(x + self.feed_forward(x))


class Model(nn.Module):
    def __init__(self, n_items, opt):
        super().__init__()
        D = opt["dim"]
        self.items = item_table(n_items, opt)
        self.positions = nn.Parameter(0.1 * torch.randn(opt["max_len"], D))
        self.n_blocks = opt["blocks"]
        for i in range(self.n_blocks):
            self.add_module(f"block{i + 1}", Block(D, opt))
        if opt["norm"] == "pre":
            self.norm = Norm(D)
        self.dropout = nn.Dropout(opt["dropout"])

    def every(self, ids):
        T = ids.shape[1]
        x = math.sqrt(self.items.shape[1]) * look_up(self.items, ids) + counted_back(self.positions, T)
        x = self.dropout(x)
        before = torch.ones(T, T, dtype=torch.bool).tril()
        seen = before & (ids > 0)[:, None, None, :] | torch.eye(T, dtype=torch.bool)      # padding sees itself
        for i in range(self.n_blocks):
            x = getattr(self, f"block{i + 1}")(x, seen)
        return self.norm(x) if hasattr(self, "norm") else x

    def interests(self, ids):
        return self.every(ids)[:, -1:] * (ids[:, -1:, None] > 0)
