"""TF-IDF and logistic regression, as scikit-learn's users write it, chosen on the validation rows.

Words and pairs of words, or pieces of words of two to five letters; six strengths of
the regularization. The usual setting, words and C = 1, is told beside it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from benchmarks.messages import labels, messages, parts, scores
from benchmarks.process import serve

FEATURES: dict[str, dict[str, Any]] = {
    "words": {"sublinear_tf": True},
    "words and pairs": {"sublinear_tf": True, "ngram_range": (1, 2)},
    "letters": {"sublinear_tf": True, "analyzer": "char_wb", "ngram_range": (2, 5)},
}
STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The scores on the test rows of what did best on the validation rows."""
    data = messages(request["path"])
    texts, names = np.array(data.x, object), labels(data)
    part = parts(data, request["seed"])

    def made(features: dict[str, Any], strength: float) -> Pipeline:
        model = LogisticRegression(C=strength, max_iter=1000)
        return make_pipeline(TfidfVectorizer(**features), model).fit(
            texts[part.train], names[part.train]
        )

    def scored(model: Pipeline, rows: np.ndarray) -> dict[str, float]:
        return scores(names[rows], model.predict(texts[rows]))

    tried = {(f, c): made(FEATURES[f], c) for f in FEATURES for c in STRENGTHS}
    best = max(tried, key=lambda k: scored(tried[k], part.validation)["accuracy"])
    return {
        **scored(tried[best], part.test),
        "chosen": list(best),
        "usual": scored(made({}, 1.0), part.test),
    }


if __name__ == "__main__":
    serve(answer)
