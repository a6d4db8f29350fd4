#!/usr/bin/env python3
"""Writes spec/golden/formats/: small files made by numpy and safetensors, which the specs read.

    python3 tools/golden_formats.py        (needs numpy and safetensors)

With file names as arguments it checks instead: each .npy or .safetensors file, written by eimf, must hold what
the golden file of the same name holds.
"""
import pathlib
import struct
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "spec" / "golden" / "formats"

FLOATS = np.array([[0.5, -1.25, 3.0], [0.1, 65504.0, -6.103515625e-05]])
INTEGERS = np.array([0, 1, -1, 2147483647, -2147483648])

ARRAYS = {
    "float32": FLOATS.astype("<f4"),
    "float16": FLOATS.astype("<f2"),
    "float64": FLOATS,
    "int32": INTEGERS.astype("<i4"),
    "int64": INTEGERS.astype("<i8"),
    "rank0": np.array(7.5, dtype="<f4"),
    "rank4": np.arange(24, dtype="<f4").reshape(2, 3, 1, 4),
    "empty": np.zeros((0, 3), dtype="<f4"),
    "fortran": np.asfortranarray(FLOATS.astype("<f4")),
    "large_int64": np.array([2147483648], dtype="<i8"),
    "large_float64": np.array([1e39]),
    "big_endian": FLOATS.astype(">f4"),
    "bool": np.array([True, False]),
    "rank5": np.zeros((1, 1, 1, 1, 1), dtype="<f4"),
}

TENSORS = {
    "items": FLOATS.astype("<f4"),
    "ids": INTEGERS.astype("<i4"),
    "half": FLOATS.astype("<f2"),
    "double": FLOATS,
    "long": INTEGERS,
    "scalar": np.array(7.5, dtype="<f4"),
    "empty": np.zeros((0, 3), dtype="<f4"),
}
METADATA = {"name": "caf\u00e9 \U0001f600", "quoted": 'a "b"\\\n\t\u0001'}


def bfloat16_file(path):
    """safetensors.numpy has no bfloat16: by hand."""
    header = b'{"x":{"dtype":"BF16","shape":[3],"data_offsets":[0,6]}}'
    header += b" " * (-len(header) % 8)
    path.write_bytes(struct.pack("<Q", len(header)) + header + struct.pack("<3H", 0x3F80, 0xC040, 0x7F80))


def write():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, array in ARRAYS.items():
        np.save(FOLDER / (name + ".npy"), array)
    for version in ((2, 0), (3, 0)):
        with open(FOLDER / f"version{version[0]}.npy", "wb") as f:
            np.lib.format.write_array(f, ARRAYS["float32"], version=version)
    save_file(TENSORS, FOLDER / "tensors.safetensors", metadata=METADATA)
    bfloat16_file(FOLDER / "bfloat16.safetensors")


def same(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def check(path):
    if path.suffix == ".npy":
        golden = np.load(FOLDER / path.name)
        return same(np.load(path), golden)
    with safe_open(path, "np") as file, safe_open(FOLDER / path.name, "np") as golden:
        names = sorted(file.keys())
        if names != sorted(golden.keys()) or file.metadata() != golden.metadata():
            return False
        kept = [name for name in names if golden.get_tensor(name).dtype in (np.float32, np.int32)]
        return all(same(np.atleast_1d(file.get_tensor(n)), np.atleast_1d(golden.get_tensor(n))) for n in kept)


def main():
    paths = [pathlib.Path(name) for name in sys.argv[1:]]
    if not paths:
        write()
    bad = [str(path) for path in paths if not check(path)]
    for path in bad:
        print(f"{path}: not the same as the golden file")
    sys.exit(1 if bad else 0)


main()
