"""ComiRec-SA (Cen et al. 2020): K interests by self-attention over the history."""
import torch
from torch import nn

from common import counted_back, item_table, look_up, uniform

WIDER = 4              # hidden units for each dimension


class Model(nn.Module):
    def __init__(self, n_items, opt):
        super().__init__()
        D = opt["dim"]
        self.items = item_table(n_items, opt)
        self.positions = nn.Parameter(0.1 * torch.randn(opt["max_len"], D))
        self.w1 = uniform(D, WIDER * D)
        self.w2 = uniform(WIDER * D, opt["n_interests"])
        self.dropout = nn.Dropout(opt["dropout"])

    def interests(self, ids):
        h = self.dropout(look_up(self.items, ids))                                         # (B, T, D)
        logits = torch.tanh((h + counted_back(self.positions, ids.shape[1])) @ self.w1) @ self.w2
        a = logits.masked_fill((ids == 0).unsqueeze(2), -torch.inf).softmax(1)             # (B, T, K)
        return a.mT @ h
