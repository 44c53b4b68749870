"""`python -m benchmarks`: measures, prints, writes `benchmarks/results/latest.json`.

A quick run (`QUICK=1`) writes `quick.json` beside it: its figures are no figures.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from benchmarks.process import SideFailedError
from benchmarks.results import (
    LATEST,
    QUICK,
    Row,
    format_table,
    machine_class,
    merge,
    read_rows,
    write_rows,
)
from benchmarks.rows import (
    defaults,
    first_result,
    grid_search,
    kernels,
    lanes_sweep,
    large_table,
    mnist,
    nuclei,
    picture_epoch,
    pictures,
    quality,
    regret,
    searches,
    single,
    study_storage,
    tables,
    text_sms,
    thousand_trials,
)
from benchmarks.settings import Settings, read_settings

Run = Callable[[str, Settings], Row | None]

ROWS: Mapping[str, Run] = {
    "search-mlp-digits": searches.run,
    "search-cnn-mnist-5k": searches.run,
    "cnn-64": pictures.run,
    "unet-128": pictures.run,
    "mlp-epoch": single.run,
    "mlp-step": single.run,
    "cnn-step": single.run,
    "lane-products": kernels.run,
    "lane-convolutions": kernels.run,
    "first-result": first_result.run,
    "lanes-sweep": lanes_sweep.run,
    "thousand-trials": thousand_trials.run,
    "time-to-quality-digits": quality.run,
    "time-to-quality-mnist-5k": quality.run,
    "grid-search-cv": grid_search.run,
    "tables": tables.run,
    "defaults": defaults.run,
    "study-storage": study_storage.run,
    "large-table": large_table.run,
    "text-sms": text_sms.run,
    "nuclei": nuclei.run,
    "picture-epoch-64": picture_epoch.run,
    "picture-epoch-224": picture_epoch.run,
    "mnist-epoch": mnist.run,
    "mnist-full": mnist.run,
    "regret": regret.run,
}


def measure(name: str, settings: Settings) -> Row | None:
    """One row, with the date and the machine's class; None if there is nothing to run."""
    row = ROWS[name](name, settings)
    if row is None:
        return None
    return {
        **row,
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine_class(),
    }


def main() -> int:
    """Runs the rows asked for; returns 0, or 1 if a row failed, 2 for a wrong setting."""
    try:
        settings = read_settings(os.environ)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    unknown = [name for name in settings.only if name not in ROWS]
    if unknown:
        print(f"ONLY names unknown rows {unknown}; there are {', '.join(ROWS)}", file=sys.stderr)
        return 2
    failed = []
    rows: list[Row] = []
    for name in settings.only or ROWS:
        print(f"{name} …", file=sys.stderr, flush=True)
        try:
            row = measure(name, settings)
        except SideFailedError as error:
            print(f"{name} failed: {error}", file=sys.stderr)
            failed.append(name)
            continue
        if row is None:
            print(f"{name}: left out, what it works on is not here", file=sys.stderr)
            continue
        rows.append(row)
        path = QUICK if settings.quick else LATEST
        write_rows(merge(read_rows(path), [row], list(ROWS)), path)
    print(format_table(rows))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
