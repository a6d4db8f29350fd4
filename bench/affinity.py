#!/usr/bin/env python3
"""Seconds of an iteration of scikit-learn's affinity_propagation: python3 affinity.py vectors.npy preference damping

The difference of a long and a short run, each the least of a few, over the difference of their iterations.
"""
import sys
import time
import warnings

import numpy as np
from sklearn.cluster import affinity_propagation
from sklearn.metrics import euclidean_distances

SHORT, LONG, TIMES = 2, 32, 2
warnings.filterwarnings("ignore")


def seconds(s, preference, damping, iterations):
    copy = s.copy()
    start = np.array([time.perf_counter(), time.process_time()])
    affinity_propagation(copy, preference=preference, damping=damping, max_iter=iterations, convergence_iter=100000,
                         copy=False, random_state=0)
    return np.array([time.perf_counter(), time.process_time()]) - start


def main():
    x = np.load(sys.argv[1])
    preference, damping = float(sys.argv[2]), float(sys.argv[3])
    s = -euclidean_distances(x, squared=True)
    seconds(s, preference, damping, SHORT)
    short = np.min([seconds(s, preference, damping, SHORT) for _ in range(TIMES)], axis=0)
    long = np.min([seconds(s, preference, damping, LONG) for _ in range(TIMES)], axis=0)
    wall, busy = (long - short) / (LONG - SHORT)
    print(f"{x.dtype}: {wall:.6f} seconds/iteration, {busy:.6f} of the processor")


main()
