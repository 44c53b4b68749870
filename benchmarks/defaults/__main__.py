"""`python -m benchmarks.defaults`: measures defaults on pictures, masks and texts, and reports.

`run` computes the cells that are missing from the file of results, and can be broken off at
any time; `report` prints what there is.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.defaults.campaign import RESULTS_FILE, Campaign, run
from benchmarks.defaults.methods.table import METHODS
from benchmarks.defaults.report import report
from benchmarks.defaults.sets import FOLDER, available, folder_asked
from benchmarks.tables.__main__ import names
from benchmarks.tables.ledger import merged


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="python -m benchmarks.defaults", description=__doc__)
    commands = made.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run", help="compute what is missing")
    running.add_argument("--sets", help="names with commas")
    running.add_argument("--methods", help="names with commas")
    running.add_argument("--splits", type=int, help="of each set at most so many")
    running.add_argument("--peers", help="python of an environment with PyTorch")
    running.add_argument("--again", action="store_true", help="also what has a result")
    running.add_argument("--seconds", type=float, help="no cell is begun after so many")
    telling = commands.add_parser("report", help="print the tables of what is there")
    telling.add_argument("more", nargs="*", type=Path, help="further files of results")
    for command in (running, telling):
        command.add_argument("--results", type=Path, default=RESULTS_FILE)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs or reports; 1 if a cell failed."""
    asked = parser().parse_args(arguments)
    if asked.command == "report":
        print(report(merged([asked.results, *asked.more])))
        return 0
    folder = folder_asked()
    known = available(folder)
    if folder is None:
        print(f"{FOLDER} is not set: bundled sets only", file=sys.stderr)
    failed = run(
        Campaign(
            sets=names(asked.sets, known, "set") if asked.sets else known,
            methods=names(asked.methods, list(METHODS), "method") if asked.methods else [*METHODS],
            results=asked.results,
            folder=folder,
            splits=asked.splits,
            peers=asked.peers,
            again=asked.again,
            seconds=asked.seconds,
        )
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
