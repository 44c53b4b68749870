"""What the defaults reach on pictures, masks and texts, beside what everybody tries first.

The whole of `python -m benchmarks.defaults`: peers' results are kept from run to run, shoal's
are computed anew. Without a folder (`DEFAULTS_FOLDER`) it is of the bundled sets.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks.defaults.campaign import RESULTS_FILE, Campaign
from benchmarks.defaults.campaign import run as measure
from benchmarks.defaults.methods.table import METHODS
from benchmarks.defaults.report import means, seconds, standing
from benchmarks.defaults.sets import SETS, available, folder_asked
from benchmarks.harness import Row
from benchmarks.process import SideFailedError
from benchmarks.settings import Settings
from benchmarks.tables.ledger import Key, Record, read_records

PRODUCT = "shoal-search"
"""The method whose figure is the row's."""


def run(name: str, settings: Settings) -> Row:
    """Scores all methods on the sets that are here; pairs are splits."""
    if settings.quick:
        with tempfile.TemporaryDirectory() as folder:
            results = Path(folder) / "defaults.jsonl"
            _measure(Campaign(["digits"], ["shoal-train", "logistic"], results, splits=1))
            return summary(name, read_records(results), "shoal-train")
    folder = folder_asked()
    campaign = Campaign(
        available(folder), list(METHODS), RESULTS_FILE, folder, splits=settings.pairs
    )
    _measure(replace(campaign, methods=[m for m in METHODS if not METHODS[m].own]))
    _measure(replace(campaign, methods=[m for m in METHODS if METHODS[m].own], again=True))
    return summary(name, read_records(RESULTS_FILE))


def _measure(campaign: Campaign) -> None:
    failed = measure(campaign)
    if failed:
        raise SideFailedError(f"{failed} results of defaults failed")


def summary(name: str, records: Mapping[Key, Record], product: str = PRODUCT) -> Row:
    """On how many sets the default is ahead of the best peer; all scores are in the details.

    Raises:
        SideFailedError: no set has results of both sides.
    """
    ahead = standing(records, product)
    if not ahead:
        raise SideFailedError("there is no set of which both sides have results")
    return {
        "name": name,
        "shoal": sum(difference > 0 for difference in ahead.values()),
        "peer": sum(difference < 0 for difference in ahead.values()),
        "unit": f"sets of {len(ahead)} on which {product}, or the best peer, is ahead",
        "ratio": None,
        "share": None,
        "pairs": max(key.split for key in records) + 1,
        "details": {
            "ahead": {of: round(difference, 4) for of, difference in ahead.items()},
            "scores": {of: told for of in SETS if (told := means(records, of))},
            "seconds": {of: told for of in SETS if (told := seconds(records, of))},
        },
    }
