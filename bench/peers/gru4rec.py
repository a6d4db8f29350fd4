"""GRU4Rec (Hidasi et al. 2016): the last state of a GRU over the history."""
import torch
from torch import nn

from common import Linear, item_table, look_up

GATES = 3              # r, z, n: columns of weights and biases


class Gru(nn.Module):
    def __init__(self, D, reset):
        super().__init__()
        self.input, self.hidden, self.reset = Linear(D, GATES * D), Linear(D, GATES * D), reset

    def forward(self, x):
        """x (B, T, D), oldest first -> states (B, T, D)"""
        h = x.new_zeros(x.shape[0], x.shape[2])
        if self.reset == "before":
            return self.reset_before(x, h)
        weights = [self.input.weight.T, self.hidden.weight.T, self.input.bias, self.hidden.bias]
        return torch.gru(x, h[None], weights, True, 1, 0.0, self.training, False, True)[0]

    def reset_before(self, x, h):
        D = x.shape[2]
        w, b = self.hidden.weight, self.input.bias + self.hidden.bias
        rz, n = (x @ self.input.weight + b).split([2 * D, D], 2)
        states = []
        for t in range(x.shape[1]):
            r, z = torch.addmm(rz[:, t], h, w[:, :2 * D]).sigmoid().chunk(2, 1)
            new = torch.addmm(n[:, t], r * h, w[:, 2 * D:]).tanh()
            h = torch.lerp(new, h, z)
            states.append(h)
        return torch.stack(states, 1)


class Model(nn.Module):
    def __init__(self, n_items, opt):
        super().__init__()
        self.items = item_table(n_items, opt)
        self.n_layers = opt["layers"]
        for i in range(self.n_layers):
            self.add_module(f"gru{i + 1}", Gru(opt["dim"], opt["reset"]))
        self.dropout = nn.Dropout(opt["dropout"])

    def states(self, ids):
        """Of rows that begin with the oldest item."""
        h = look_up(self.items, ids)
        for i in range(self.n_layers):
            h = getattr(self, f"gru{i + 1}")(self.dropout(h))
        return h

    def interests(self, ids):
        lengths = (ids > 0).sum(1)
        h = self.states(ids.gather(1, turned(ids, lengths)))
        v = h[torch.arange(len(ids)), lengths.clamp(min=1) - 1] * (lengths > 0)[:, None]
        return v[:, None]

    def every(self, ids):
        lengths = (ids > 0).sum(1)
        h = self.states(ids.gather(1, turned(ids, lengths)))
        return h.gather(1, turned(ids, -lengths)[:, :, None].expand_as(h))


def turned(ids, by):
    """Places in rows that are turned `by` (B) to the right: padding goes behind, or in front again."""
    return (torch.arange(ids.shape[1]) - by[:, None]) % ids.shape[1]
