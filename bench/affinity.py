#!/usr/bin/env python3
"""Seconds of an iteration of scikit-learn's affinity_propagation: python3 affinity.py vectors.npy preference damping

The difference of a long and a short run over the difference of their iterations; the least of three.
"""
import sys
import time
import warnings

import numpy as np
from sklearn.cluster import affinity_propagation
from sklearn.metrics import euclidean_distances

SHORT, LONG, TIMES = 2, 12, 3
warnings.filterwarnings("ignore")


def seconds(s, preference, damping, iterations):
    copy = s.copy()
    start = time.perf_counter()
    affinity_propagation(copy, preference=preference, damping=damping, max_iter=iterations, convergence_iter=100000,
                         copy=False, random_state=0)
    return time.perf_counter() - start


def main():
    x = np.load(sys.argv[1])
    preference, damping = float(sys.argv[2]), float(sys.argv[3])
    s = -euclidean_distances(x, squared=True)
    seconds(s, preference, damping, SHORT)
    times = []
    for _ in range(TIMES):
        short = seconds(s, preference, damping, SHORT)
        times.append((seconds(s, preference, damping, LONG) - short) / (LONG - SHORT))
    print(f"{x.dtype}: {min(times):.6f} seconds/iteration")


main()
