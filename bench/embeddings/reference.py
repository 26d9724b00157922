"""The vectors once more, by ONNX's reference implementation in NumPy instead of a runtime:
python3 bench/embeddings/reference.py DIR, after `node bench/embeddings/reference.mjs HOME --keep DIR`. Needs onnx and numpy."""
import json
import sys

import numpy as np
from onnx.reference import ReferenceEvaluator

folder = sys.argv[1]
kept = json.load(open(f"{folder}/reference.json", encoding="utf8"))
session = ReferenceEvaluator(f"{folder}/{kept['weights']}")
lowest = 1.0
for ids, vector in zip(kept["ids"], kept["vectors"]):
    row = np.array([ids], dtype=np.int64)
    feeds = {"input_ids": row, "attention_mask": np.ones_like(row), "token_type_ids": np.zeros_like(row)}
    state = session.run(None, feeds)[0][0]
    mean = state.mean(axis=0)
    lowest = min(lowest, float(np.dot(mean / np.linalg.norm(mean), np.array(vector))))
print(f"{len(kept['ids'])} texts: cosine to NumPy at least {lowest:.7f}")
