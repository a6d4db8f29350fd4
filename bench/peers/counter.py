"""The random numbers of eimf: Philox 4x32-10 (Salmon et al. 2011) of (seed, stream, step, index)."""
import numpy as np

LOW = np.uint64(0xFFFFFFFF)


def philox(seed, stream, step, blocks):
    """(blocks, 4) uint64 words of 32 bits."""
    counter = [np.arange(blocks, dtype=np.uint64)]
    counter += [np.full(blocks, word, np.uint64) for word in (step, 0, stream)]
    key = [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(10):
        p0, p1 = (np.uint64(m) * c for m, c in ((0xD2511F53, counter[0]), (0xCD9E8D57, counter[2])))
        counter = [p1 >> np.uint64(32) ^ counter[1] ^ np.uint64(key[0]), p1 & LOW,
                   p0 >> np.uint64(32) ^ counter[3] ^ np.uint64(key[1]), p0 & LOW]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return np.stack(counter, 1)


def normal(seed, stream, step, n):
    """The first n numbers of N(0, 1), float32: Box-Muller on pairs of words."""
    pairs = philox(seed, stream, step, (n + 3) // 4).reshape(-1, 2).astype(np.float64) * 2.0**-32
    radius, angle = np.sqrt(-2 * np.log(pairs[:, 0] + 2.0**-32)), 2 * np.pi * pairs[:, 1]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).reshape(-1)[:n].astype(np.float32)
