"""How good the default is on tables, beside boosted trees and scikit-learn's network.

The quick part of `python -m benchmarks.tables`, which has all methods and sets: a few
small sets, of which the bundled ones need no folder (`TABLES_FOLDER`). Peers' results are
kept from run to run, shoal's are computed anew.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

from benchmarks.harness import Row
from benchmarks.process import SideFailedError
from benchmarks.settings import Settings
from benchmarks.tables.campaign import Campaign
from benchmarks.tables.campaign import run as measure
from benchmarks.tables.ledger import RESULTS_FILE, Key, Record, read_records
from benchmarks.tables.methods.table import METHODS, REFERENCE
from benchmarks.tables.parts import SPLITS
from benchmarks.tables.report import common
from benchmarks.tables.sets import QUICK, available, folder_asked
from benchmarks.tables.standing import standings

PRODUCT = "shoal-2min"
"""The method whose figure is the row's."""


def run(name: str, settings: Settings) -> Row | None:
    """Scores the quick methods on the quick sets; pairs are splits."""
    if settings.quick:
        with tempfile.TemporaryDirectory() as folder:
            results = Path(folder) / "tables.jsonl"
            _measure(Campaign(["wine"], ["shoal", "mlp", REFERENCE], [0], results))
            return summary(name, read_records(results))
    folder = folder_asked()
    sets = [n for n in QUICK if n in available(folder)]
    methods = [n for n, method in METHODS.items() if method.quick]
    splits = range(settings.pairs_of(SPLITS))
    campaign = Campaign(sets, methods, splits, RESULTS_FILE, folder)
    peers = [m for m in methods if not METHODS[m].own]
    own = [m for m in methods if METHODS[m].own]
    _measure(replace(campaign, methods=peers))
    _measure(replace(campaign, methods=own, again=True))
    asked = {
        key: record
        for key, record in read_records(RESULTS_FILE).items()
        if key.set in sets and key.method in methods and key.split in splits
    }
    return summary(name, asked)


def _measure(campaign: Campaign) -> None:
    failed = measure(campaign)
    if failed:
        raise SideFailedError(f"{failed} results of tables failed")


def summary(name: str, records: Mapping[Key, Record]) -> Row:
    """Mean normalized errors over the sets; all standings are in the details.

    Raises:
        SideFailedError: no set has results of all methods.
    """
    there = {key.method for key in records}
    methods = [m for m in METHODS if m in there]
    table = common(records, methods)
    sets = list(table[REFERENCE]) if REFERENCE in there else []
    if not sets:
        raise SideFailedError("there is no set of which all methods have results")
    found = standings({m: list(table[m].values()) for m in methods}, REFERENCE)
    own = PRODUCT if PRODUCT in found else "shoal"
    return {
        "name": name,
        "shoal": round(found[own].normalized.mean, 4),
        "peer": round(found[REFERENCE].normalized.mean, 4),
        "unit": f"mean normalized error, 0 is best ({own}; {REFERENCE})",
        "ratio": None,
        "share": None,
        "pairs": len({key.split for key in records}),
        "details": {
            "sets": sets,
            "errors": table,
            "standings": {
                m: {"rank": asdict(s.rank), "normalized": asdict(s.normalized)}
                for m, s in found.items()
            },
        },
    }
