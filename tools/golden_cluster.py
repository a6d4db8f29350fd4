#!/usr/bin/env python3
"""Writes spec/golden/cluster/: what scikit-learn's AffinityPropagation and its measures give, for the specs.

    python3 tools/golden_cluster.py [users.npy]        (needs numpy, scikit-learn, safetensors)

users.npy: unit vectors of real users, a row each; without it the cases of the last run that use them are kept.
Every number given to scikit-learn is a float32; labels of points are 1-based here, 0 = none.
"""
import json
import pathlib
import sys
import warnings

import numpy as np
from safetensors.numpy import load_file, save_file
from sklearn import metrics
from sklearn.cluster import AffinityPropagation
from sklearn.datasets import make_blobs

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "spec" / "golden" / "cluster"
USERS = 160

warnings.filterwarnings("ignore")
arrays, cases = {}, []


def case(name, kind, array, **options):
    array = np.ascontiguousarray(array, dtype="<f4")
    key = options.pop("key", name)
    arrays[key] = array
    given = dict(options)
    if "preference" in given and not np.isscalar(given["preference"]):
        given["preference"] = np.asarray(given["preference"], dtype=np.float64)
        options["preference"] = [float(p) for p in given["preference"]]
    seed = given.pop("seed", 0)
    model = AffinityPropagation(random_state=seed, affinity="precomputed" if kind == "s" else "euclidean", **given)
    model.fit(array.astype(np.float64))
    cases.append({"name": name, "kind": kind, "array": key, "options": dict(options, seed=seed),
                  "exemplars": [int(i) + 1 for i in model.cluster_centers_indices_],
                  "labels": [int(i) + 1 for i in model.labels_], "iterations": int(model.n_iter_)})


def blobs(seed, n, d, centers, spread=1.0):
    return make_blobs(n_samples=n, n_features=d, centers=centers, cluster_std=spread, random_state=seed)[0]


def grid(seed, n, d, values):
    """Whole numbers over 4, many of them twice and more: products are exact, ties are real."""
    return np.random.default_rng(seed).integers(0, values, size=(n, d)) / 4


def vectors():
    case("blobs", "x", blobs(1, 60, 2, 4))
    case("blobs, damping 0.9", "x", blobs(2, 90, 3, 5), damping=0.9)
    case("blobs, preference -50", "x", blobs(3, 120, 2, 3, 0.5), preference=-50)
    case("blobs, wide", "x", blobs(4, 200, 16, 8), preference=-200, damping=0.7)
    case("blobs, one cluster", "x", blobs(5, 40, 2, 1), preference=-1000, damping=0.8)
    case("blobs, overlapping", "x", blobs(6, 150, 4, 6, 3.0), damping=0.75, seed=7)
    case("blobs, few iterations", "x", blobs(7, 80, 2, 4), max_iter=10)
    case("blobs, slow to be sure", "x", blobs(8, 70, 5, 3), convergence_iter=60, max_iter=500)
    case("blobs, preferences of points", "x", blobs(9, 50, 2, 3), preference=np.linspace(-40, -5, 50), damping=0.8)
    case("uniform", "x", np.random.default_rng(10).random((100, 3)))
    case("duplicates", "x", np.repeat(grid(11, 20, 2, 24), 2, axis=0))
    case("duplicates, damping 0.9", "x", np.repeat(grid(12, 15, 3, 16), 3, axis=0), damping=0.9)
    case("duplicates, low preference", "x", np.tile(grid(13, 12, 2, 12), (4, 1)), preference=-8, damping=0.8)
    case("duplicates of two", "x", np.tile([[0.0, 0.0], [3.0, 4.0]], (10, 1)), preference=-4, damping=0.6)
    case("a square grid", "x", np.stack(np.meshgrid(np.arange(6), np.arange(6)), -1).reshape(36, 2) / 2, damping=0.8)
    case("many ties", "x", grid(15, 64, 2, 6), seed=3, damping=0.7)
    case("corners of a simplex", "x", np.eye(12))
    case("corners of a simplex, high preference", "x", np.eye(12), preference=-1)
    case("all the same", "x", np.ones((9, 4)), preference=-10)
    case("one point", "x", np.ones((1, 3)), preference=-10)
    case("two points", "x", [[0.0, 1.0], [1.0, 0.5]], preference=-0.5, damping=0.9)


def similarities():
    n = np.random.default_rng(20)
    s = -n.integers(1, 9, size=(40, 40)).astype(float)
    case("whole numbers, asymmetric", "s", s, damping=0.8)
    case("whole numbers, symmetric", "s", np.minimum(s, s.T), damping=0.8, preference=-7)
    case("similarities above 0", "s", n.random((50, 50)), damping=0.6)
    case("all equal, preference lower", "s", np.full((7, 7), -2.0), preference=-3)
    case("all equal, preference higher", "s", np.full((7, 7), -2.0), preference=-1)
    case("nothing found", "s", np.array([[0, -1, -4.0], [-1, 0, -1], [-4, -1, 0]]), preference=-50, max_iter=1)


def users(rows):
    rows = rows[:USERS].astype("<f2").astype("<f4")
    case("users", "x", rows, key="users")
    case("users, preference -3", "x", rows, key="users", preference=-3, damping=0.9)
    case("users, preference -1", "x", rows, key="users", preference=-1, damping=0.7)
    case("users, damping 0.6", "x", rows, key="users", preference=-0.7, damping=0.6)


def measures():
    r = np.random.default_rng(30)
    x, truth = make_blobs(n_samples=80, n_features=4, centers=5, random_state=31)
    x = x.astype("<f4")
    other = np.where(r.random(80) < 0.3, r.integers(0, 4, 80), truth)
    arrays["measured"] = x
    return {"a": [int(v) + 1 for v in truth], "b": [int(v) + 1 for v in other],
            "silhouette": [float(metrics.silhouette_score(x.astype(np.float64), v)) for v in (truth, other)],
            "ami": float(metrics.adjusted_mutual_info_score(truth, other)),
            "ari": float(metrics.adjusted_rand_score(truth, other))}


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    vectors()
    similarities()
    users(np.load(sys.argv[1]) if len(sys.argv) > 1 else load_file(FOLDER / "cases.safetensors")["users"])
    text = json.dumps({"cases": cases, "measures": measures()}, indent=None, separators=(",", ":"))
    (FOLDER / "cases.json").write_text(text.replace("},{\"name\"", "},\n{\"name\"") + "\n")
    save_file(arrays, FOLDER / "cases.safetensors")
    print(len(cases), "cases;", sum(len(c["exemplars"]) == 0 for c in cases), "without exemplars")


main()
