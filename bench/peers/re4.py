"""Re4 (Zhang et al. 2022): ComiRec-SA with re-contrast, re-attend and re-construct."""
import torch
import torch.nn.functional as F

import remi
from common import look_up, uniform

TEMPERATURE = 0.1
TINY = 1e-12


class Model(remi.Model):
    loss = "softmax"

    def __init__(self, n_items, opt):
        super().__init__(n_items, {**opt, "lambda_routing": 0})
        D, T = opt["dim"], opt["max_len"]
        self.weights = [opt["lambda_" + name] for name in ("contrast", "attend", "construct")]
        self.places = uniform(T, D, D)
        self.w3, self.w4, self.w5 = uniform(D, D), uniform(D, T), uniform(D, D)

    def extra(self, step):
        ids, v, a = step["ids"], step["interests"], step["aux"].mT                         # (B, T), (B, K, D), (B, K, T)
        x, none = look_up(self.items, ids), (ids == 0).unsqueeze(1)                        # (B, T, D), (B, 1, T)
        chosen = (a > 1 / (ids > 0).sum(1).view(-1, 1, 1)) & ~none
        n = max(1, int(chosen.sum()))
        losses = self.contrast(v, x, chosen, none) / n, self.attend(v, x, a, none), self.construct(v, x, chosen, none) / n
        return [weight * loss for weight, loss in zip(self.weights, losses)]

    def contrast(self, v, x, chosen, none):
        v, x = F.normalize(v, dim=2), F.normalize(x, dim=2)
        own = v @ x.mT / TEMPERATURE                                                       # (B, K, T)
        foreign = (v @ x.roll(1, 0).mT / TEMPERATURE).masked_fill(none.roll(1, 0), -torch.inf)
        same = torch.eye(v.shape[1], dtype=torch.bool)
        between = (v @ v.mT / TEMPERATURE).masked_fill(same, -torch.inf)                   # (B, K, K)
        z = torch.cat([own.masked_fill(none, -torch.inf), foreign, between], 2).logsumexp(2, keepdim=True)
        return ((z - own) * chosen).sum()

    def attend(self, v, x, a, none):
        again = (v @ x.mT).masked_fill(none, -torch.inf).softmax(2)
        return -(again * (a + TINY).log()).sum() / (v.shape[0] * v.shape[1])

    def construct(self, v, x, chosen, none):
        (B, K, D), T = v.shape, x.shape[1]
        places = self.places[:T].flip(0)                                                   # newest last
        c = (v.reshape(B * K, D) @ places).transpose(0, 1)                                 # (B K, T, D)
        logits = torch.tanh(c @ self.w3) @ self.w4[:, :T].flip(1)                          # (B K, T from, T to)
        empty = none.expand(B, K, T).reshape(B * K, T, 1)
        mixed = logits.masked_fill(empty, -torch.inf).softmax(1).mT @ c @ self.w5
        apart = (mixed.view(B, K, T, D) - x.unsqueeze(1)).square().sum(3)
        return (apart * chosen).sum() / D
