"""Dynamic routing (Sabour et al. 2017) of histories to interests, for mind and comirec_dr."""
import torch


def squash(z):
    q = z.square().sum(-1, keepdim=True)
    return z * (q.clamp_min(1e-30).sqrt() / (1 + q))


def weighted_sum(w, x):
    """(B, T, K), rows (B, T, D) of all interests or (B, T, K, D) -> (B, K, D)"""
    return w.mT @ x if x.dim() == 3 else torch.einsum("btk,btkd->bkd", w, x)


def agreement(x, v):
    """Rows against the interests (B, K, D) -> (B, T, K)"""
    return x @ v.mT if x.dim() == 3 else torch.einsum("btkd,bkd->btk", x, v)


def route(x, ids, logits, opt):
    """x as in weighted_sum, zero where ids (B, T) are; logits (B, T, K) to begin with -> (B, K, D)"""
    over_time, still, idle = opt["routing_axis"] == "time", x.detach(), None
    if opt.get("dynamic_k"):
        n = (ids > 0).sum(1).clamp_min(1).log2().floor().clamp_min(1)
        idle = torch.arange(logits.shape[2]) >= n[:, None]                                 # (B, K)
        logits = logits if over_time else logits.masked_fill(idle.unsqueeze(1), -torch.inf)
    if over_time:
        logits = logits.masked_fill((ids == 0).unsqueeze(2), -torch.inf)
    for _ in range(opt["iterations"] - 1):
        v = squash(weighted_sum(logits.softmax(1 if over_time else 2), still))
        logits = logits + agreement(still, v)
    v = squash(weighted_sum(logits.softmax(1 if over_time else 2), x))
    return v if idle is None else torch.where(idle.unsqueeze(2), v[:, :1], v)
