"""ComiRec-DR (Cen et al. 2020): K interests by dynamic routing, with a map for each position and interest."""
import torch
from torch import nn

from common import counted_back, item_table, look_up, uniform
from routing import route


class Model(nn.Module):
    def __init__(self, n_items, opt):
        super().__init__()
        D, K = opt["dim"], opt["n_interests"]
        self.opt = opt
        self.items = item_table(n_items, opt)
        self.maps = uniform(opt["max_len"], D, K * D)
        self.dropout = nn.Dropout(opt["dropout"])

    def interests(self, ids):
        h = self.dropout(look_up(self.items, ids))                                         # (B, T, D)
        x = (h.transpose(0, 1) @ counted_back(self.maps, ids.shape[1])).transpose(0, 1)    # (B, T, K D)
        x = x.unflatten(2, (self.opt["n_interests"], -1))
        return route(x, ids, x.new_zeros(x.shape[:3]), self.opt)
