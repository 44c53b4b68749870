"""A search for a network that reads messages, by shoal with its default family."""

from __future__ import annotations

from typing import Any

import shoal
from benchmarks.messages import labels, messages, parts, scores
from benchmarks.process import serve
from shoal.defaults.choose import default_network, default_recipe


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The winner's scores on the test rows."""
    data = messages(request["path"])
    study = shoal.search(
        default_network(data, ranges=True),
        default_recipe(data, ranges=True),
        data,
        trials=request["trials"],
        seed=request["seed"],
        confirm_seeds=2,
        progress=False,
    )
    test = parts(data, request["seed"]).test
    found = study.best_model.predict(data.x[test].tolist())
    return {
        **scores(labels(data)[test], found),
        "rows": len(data),
        "test_rows": len(test),
        "hyperparams": study.winner["hyperparams"],
    }


if __name__ == "__main__":
    serve(answer)
