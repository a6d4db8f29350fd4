#!/usr/bin/env python3
"""Writes spec/golden/text/: what Python, numpy and scikit-learn make of texts, which the specs compare with.

    python3 tools/golden_text.py        (needs numpy, scipy and scikit-learn)
"""
import html
import json
import pathlib
import random
from html.entities import name2codepoint

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "spec" / "golden" / "text"
KEPT = 8                                 # singular vectors

WORDS = {
    "what": ["nail polish", "hair mask", "face cream", "shampoo", "lip balm", "pen", "envelope", "label tape", "stapler"],
    "how": ["red", "blue", "dry", "gentle", "heavy duty", "recycled", "caf\u00e9", "\u017b\u00f3\u0142ty", "2 pack"],
    "who": ["Acme", "L'Or\u00e9al", "O.P.I", "\u0391\u03a6\u03a1\u039f\u03a3", "\u041c\u0438\u0440", "3M"],
}

ENTITIES = [
    "a &amp; b", "a &AMP; b", "&lt;b&gt;", "5&#39;s", "&#x41;&#X42;", "&#153; &#150;", "&#0; &#xD800; &#x110000;", "&#1;x&#12;y",
    "&eacute &copy 2", "&copy;&reg", "&bogus; &", "AT&T", "&#; &#x;", "&amp;amp;", "&nbsp;x", "&#99999999999;", "&#128512;",
    "&apos;", "no entity", "", "&&amp;;", "&#xFFFE;&#xFDD0;",
] + [f"&{name};" for name in sorted(name2codepoint)]

TEXTS = [
    "OPI Nail-Lacquer, E55 (New)", "a b cd e fg", "Caf\u00e9 CAF\u00c9 cafe\u0301", "\u0391\u03a6\u03a1\u039f\u03a3 \u03a3\u0391\u03a3 \u03a3",
    "\u0130stanbul \u0131\u0131", "\u00bd oz 1\u00bd x\u00b2", "snake_case __ _a", "\u6771\u4eac \u6771", "\u0e01\u0e32\u0e23", "\U00010400\U00010401",
    "STRASSE stra\u00dfe \u1e9e\u1e9e", "\u0645\u0631\u062d\u0628\u0627", "x\u00adyy", "tab\tnew\nline\u00a0space", "\u2126hm K\u212an", "\U0001f600 ok \U0001f600ok",
    "\u023a\u023e", "",
]


def random_texts(n):
    rng = random.Random(1)
    blocks = [(0x20, 0x7E), (0xA0, 0x24F), (0x370, 0x52F), (0x590, 0x6FF), (0x900, 0x97F), (0x1E00, 0x1FFF), (0x2000, 0x27BF),
              (0x3040, 0x30FF), (0xA640, 0xA7FF), (0x10400, 0x104FF), (0x1E900, 0x1E95F)]
    for _ in range(n):
        yield "".join(chr(rng.randint(*rng.choice(blocks))) for _ in range(rng.randint(1, 30)))


def corpus():
    rng = random.Random(2)
    for _ in range(80):
        parts = [rng.choice(WORDS["who"]), rng.choice(WORDS["how"]), rng.choice(WORDS["what"]), rng.choice(WORDS["what"])]
        yield " ".join(parts + rng.choices(parts, k=rng.randint(0, 3)))
    yield "entirely unlike anything"
    yield "x"



def save_matrix(name, vectorizer, texts):
    matrix = vectorizer.fit_transform(texts)
    matrix.sort_indices()
    np.save(FOLDER / f"{name}_offsets.npy", matrix.indptr.astype("<i4"))
    np.save(FOLDER / f"{name}_columns.npy", matrix.indices.astype("<i4"))
    np.save(FOLDER / f"{name}_values.npy", matrix.data.astype("<f4"))
    np.save(FOLDER / f"{name}_idf.npy", vectorizer.idf_.astype("<f4"))
    terms = vectorizer.get_feature_names_out()
    (FOLDER / f"{name}_terms.txt").write_text("\n".join(terms) + "\n", encoding="utf-8")
    return matrix


def save_svd(matrix):
    dense = matrix.toarray()
    _, sigma, right = np.linalg.svd(dense, full_matrices=False)
    largest = np.abs(right).argmax(axis=1)
    right *= np.sign(right[np.arange(len(right)), largest])[:, None]
    np.save(FOLDER / "svd_sigma.npy", sigma.astype("<f4"))
    np.save(FOLDER / "svd_projected.npy", (dense @ right[:KEPT].T).astype("<f4"))


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    tokens = TfidfVectorizer().build_analyzer()
    texts = TEXTS + list(random_texts(150))
    cases = {"html": [[text, html.unescape(text)] for text in ENTITIES], "tokens": [[text, tokens(text)] for text in texts]}
    (FOLDER / "cases.json").write_text(json.dumps(cases, indent=0) + "\n")
    titles = list(corpus())
    (FOLDER / "titles.txt").write_text("\n".join(titles) + "\n", encoding="utf-8")
    save_svd(save_matrix("tfidf", TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2)), titles))
    save_matrix("common", TfidfVectorizer(min_df=3), titles)


main()
