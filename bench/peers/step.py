#!/usr/bin/env python3
"""Time of one training step of a torch model of this folder: python3 step.py folder (see bench/backbone_step.lua)

Reads folder/options.json and folder/batches.safetensors; a batch is padded to its longest history beforehand.
"""
import importlib
import json
import pathlib
import sys
import time

import torch
from safetensors.torch import load_file

from common import Loss
from train import left_padded, loss_of, optimisers

WARM_UP = 10


def padded_batches(data):
    """ids (B, T) and targets of every batch of the file."""
    for i in range(1, len(data) // 3 + 1):
        offsets = data[f"{i}.offsets"]
        yield left_padded(data[f"{i}.ids"], offsets[:-1], offsets[1:]), data[f"{i}.targets"]


def main():
    folder = pathlib.Path(sys.argv[1])
    opt = json.loads((folder / "options.json").read_text())
    data = {name: x.long() for name, x in load_file(folder / "batches.safetensors").items()}
    torch.set_num_threads(opt["threads"])
    torch.manual_seed(1)
    batches = list(padded_batches(data))
    model = importlib.import_module(opt["backbone"]).Model(opt["n_items"], opt)
    loss, algorithms = Loss(opt["n_items"], opt), optimisers(model, opt)

    def step(i):
        for algorithm in algorithms:
            algorithm.zero_grad()
        loss_of(model, loss, *batches[i % len(batches)], opt).backward()
        for algorithm in algorithms:
            algorithm.step()

    for i in range(WARM_UP):
        step(i)
    n, since = 0, time.perf_counter()
    while time.perf_counter() - since < opt["seconds"]:
        step(n)
        n += 1
    seconds = (time.perf_counter() - since) / n
    size = sum(len(targets) for _, targets in batches) / len(batches)
    print(f"torch {torch.__version__} {opt['backbone']} threads={torch.get_num_threads()}: "
          f"{seconds * 1e3:.2f} ms/step, {size / seconds:.0f} examples/s")


main()
