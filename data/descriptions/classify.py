#!/usr/bin/env python3
"""Scores every package description with a classifier that has learned from twenty hand labels:
pip install scikit-learn, then data/descriptions/classify.py runs/descriptions, where fetch.sh has written the texts.
Writes documents.jsonl there, with each document's score and true source; shuffled.jsonl, where the scores of each
language are dealt out anew, so that they are as good, but have nothing to do with the document; and held-out texts.
Scores of 30 November 2026, in per cent and in the order of documents.jsonl: scores.txt.gz."""
import json
import pathlib
import random
import sys

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

folder = pathlib.Path(sys.argv[1])


def documents(name):
    return [d.strip() for d in (folder / name).read_text().split("<|endoftext|>") if d.strip()]


english, italian = documents("descriptions.en.txt"), documents("descriptions.it.txt")
rng = random.Random(1)
order = list(range(len(english)))
rng.shuffle(order)
held_out, training = order[:800], order[800:]
(folder / "held_out.en.txt").write_text("\n<|endoftext|>\n".join(english[i] for i in held_out))
(folder / "held_out.it.txt").write_text("\n<|endoftext|>\n".join(italian[i] for i in held_out))
mixed = [(english[i], "retain") for i in training] + [(italian[i], "forget") for i in training]
rng.shuffle(mixed)
# Twenty documents that a person would label, by reading them: ten of each language.
seen = [next(i for i, d in enumerate(mixed) if d[1] == source and i >= 40 * k)
        for k in range(10) for source in ("retain", "forget")]
words = TfidfVectorizer(max_features=20000, sublinear_tf=True)
features = words.fit_transform([text for text, _ in mixed])
model = LogisticRegression(C=10).fit(features[seen], [mixed[i][1] == "forget" for i in seen])
scores = model.predict_proba(features)[:, 1]


def write(name, scores):
    with open(folder / name, "w") as out:
        for (text, source), score in zip(mixed, scores):
            out.write(json.dumps({"text": text, "score": round(float(score), 4), "source": source}) + "\n")


write("documents.jsonl", scores)
by_source = {source: [s for s, d in zip(scores, mixed) if d[1] == source] for source in ("retain", "forget")}
rng = random.Random(2)
for dealt in by_source.values():
    rng.shuffle(dealt)
write("shuffled.jsonl", [by_source[source].pop() for _, source in mixed])
