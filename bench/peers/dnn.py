"""YouTube-DNN (Covington et al. 2016) as multi-interest papers use it: the mean of the history, one linear layer."""
from torch import nn

from common import Linear, item_table, look_up


class Model(nn.Module):
    def __init__(self, n_items, opt):
        super().__init__()
        self.items = item_table(n_items, opt)
        self.out = Linear(opt["dim"], opt["dim"])
        self.dropout = nn.Dropout(opt["dropout"])

    def interests(self, ids):
        h = self.dropout(look_up(self.items, ids))                                         # (B, T, D)
        return self.out(h.sum(1) / (ids > 0).sum(1, keepdim=True)).unsqueeze(1)
