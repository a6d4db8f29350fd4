"""MIND (Li et al. 2019): K interests by dynamic routing of the history; one map for all items and interests."""
import torch
import torch.nn.functional as F
from torch import nn

from common import Linear, item_table, look_up, uniform
from counter import normal
from routing import route

WIDER = 4              # hidden units for each dimension
STREAM_ROUTING = 73    # of lua/eimf/models/mind.lua


class Model(nn.Module):
    def __init__(self, n_items, opt):
        super().__init__()
        D, shape = opt["dim"], (n_items + 1, opt["n_interests"])
        first = normal(opt["routing_seed"], STREAM_ROUTING, 0, shape[0] * shape[1]).astype(float) * opt["routing_std"]
        self.opt = opt
        self.register_buffer("logits", torch.tensor(first.astype("f4")).reshape(shape).to(torch.get_default_dtype()))
        self.items = item_table(n_items, opt)
        self.map = uniform(D, D)
        self.hidden = Linear(D, WIDER * D)
        self.out = Linear(WIDER * D, D)
        self.dropout = nn.Dropout(opt["dropout"])

    def interests(self, ids):
        h = self.dropout(look_up(self.items, ids))                                         # (B, T, D)
        v = route(h @ self.map, ids, F.embedding(ids, self.logits), self.opt)
        return self.out(torch.relu(self.hidden(v)))
