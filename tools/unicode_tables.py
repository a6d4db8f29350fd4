#!/usr/bin/env python3
"""Writes csrc/kernels/text_unicode.c: which code points are of words, and their lower case, as Python has them.

    python3 tools/unicode_tables.py > csrc/kernels/text_unicode.c
"""
import re
import unicodedata

LAST = 0x110000
SURROGATES = range(0xD800, 0xE000)
WIDTH = 118

HEAD = """/*
** text_unicode.c: tables of Unicode {version}, written by tools/unicode_tables.py from Python's own: which code
** points are of words (\\w: letters, digits, numbers, the low line), and the lower case of each letter.
** ASCII is not in them.
*/
#include "text_unicode.h"
"""


def code_points():
    return (c for c in range(0x80, LAST) if c not in SURROGATES)


def word_ranges():
    ranges = []
    for c in code_points():
        if not re.match(r"\w", chr(c)):
            continue
        if ranges and ranges[-1][1] == c - 1:
            ranges[-1][1] = c
        else:
            ranges.append([c, c])
    return ranges


def lower_runs():
    """[first, last, step, distance]: code points first, first + step ... last become themselves + distance."""
    runs = []
    for c in code_points():
        lower = chr(c).lower()
        if lower == chr(c) or len(lower) != 1:
            continue
        distance = ord(lower) - c
        if runs:
            first, last, step, before = runs[-1]
            if before == distance and (c - last == step or (first == last and c - last <= 2)):
                runs[-1] = [first, c, c - last, distance]
                continue
        runs.append([c, c, 1, distance])
    return runs


def lines(entries):
    line = " "
    for entry in entries:
        if len(line) + 1 + len(entry) > WIDTH:
            yield line
            line = " "
        line += " " + entry
    yield line


def print_table(kind, name, rows, form):
    print(f"\nconst {kind} {name}[] = {{")
    for line in lines([form.format(*row) + "," for row in rows]):
        print(line)
    print("};")
    print(f"const int {name}_size = (int)(sizeof {name} / sizeof {name}[0]);")


print(HEAD.format(version=unicodedata.unidata_version), end="")
print_table("eimf_word_range", "eimf_word_ranges", word_ranges(), "{{{:#x},{:#x}}}")
print_table("eimf_lower_run", "eimf_lower_runs", lower_runs(), "{{{:#x},{:#x},{},{}}}")
