"""REMI (Xie et al. 2023): ComiRec-SA with a regulariser of its routing."""
import torch

import comirec_sa
from common import counted_back, look_up


class Model(comirec_sa.Model):
    loss = "ihn"

    def __init__(self, n_items, opt):
        super().__init__(n_items, opt)
        self.lambda_routing = opt["lambda_routing"]

    def interests(self, ids):
        """(B, K, D), and the attention (B, T, K)"""
        h = self.dropout(look_up(self.items, ids))
        logits = torch.tanh((h + counted_back(self.positions, ids.shape[1])) @ self.w1) @ self.w2
        a = logits.masked_fill((ids == 0).unsqueeze(2), -torch.inf).softmax(1)
        return a.mT @ h, a

    def extra(self, step):
        real = (step["ids"] > 0).unsqueeze(2)                                              # (B, T, 1)
        n = real.sum(1)                                                                    # (B, 1)
        centred = (step["aux"] - 1 / n.unsqueeze(1)) * real
        variance = centred.square().sum(1) / n                                             # (B, K)
        return [self.lambda_routing * variance.square().sum(1).mean()]
