"""`python -m benchmarks.tables`: measures methods on tables, and reports.

`run` computes the cells that are missing from the file of results: by default the quick
methods on the small sets, with `--full` every method on every set. `report` prints what
there is. `ablation` tells what each part of the default brings.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.tables.ablation import DEFAULT, ablation_table
from benchmarks.tables.campaign import Campaign, run
from benchmarks.tables.ledger import ABLATION_FILE, RESULTS_FILE, merged
from benchmarks.tables.methods.table import METHODS, PART
from benchmarks.tables.parts import SPLITS
from benchmarks.tables.report import report
from benchmarks.tables.sets import FOLDER, QUICK, SETS, available, folder_asked


def names(text: str, known: Sequence[str], what: str) -> list[str]:
    """The names of a list with commas, in the order of what is known."""
    asked = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise SystemExit(f"there is no {what} {', '.join(unknown)}; there are {', '.join(known)}")
    return [name for name in known if name in asked]


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="python -m benchmarks.tables", description=__doc__)
    commands = made.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run", help="compute what is missing")
    running.add_argument("--full", action="store_true", help="every method on every set")
    running.add_argument("--pytabkit", help="python of the environment that has pytabkit")
    telling = commands.add_parser("report", help="print the tables of what is there")
    telling.add_argument("more", nargs="*", type=Path, help="further files of results")
    varying = commands.add_parser("ablation", help="compute and print what each part brings")
    varying.add_argument("--test", action="store_true", help="score the test rows: to report only")
    varying.add_argument("--parts", help="variations by name; left out, all")
    for command in (running, varying):
        command.add_argument("--sets", help=f"of {', '.join(SETS)}")
        command.add_argument("--again", action="store_true", help="what is there once more")
        command.add_argument("--seconds", type=float, help="begin no cell after so many")
        command.add_argument("--threads", type=int, default=0, help="processors a method may use")
        command.add_argument("--splits", type=int, default=SPLITS, help="splits of each set")
    for command in (running, telling):
        command.add_argument("--methods", help=f"of {', '.join(METHODS)}")
        command.add_argument("--results", type=Path, default=RESULTS_FILE, help="file of results")
    return made


def sets_of(options: argparse.Namespace, usual: Sequence[str]) -> list[str]:
    """The sets that are asked for, or the usual ones as far as they are here."""
    here = available(folder_asked())
    if options.sets is None:
        return [name for name in usual if name in here]
    sets = names(options.sets, list(SETS), "set")
    absent = [name for name in sets if name not in here]
    if absent:
        raise SystemExit(f"{', '.join(absent)}: set {FOLDER} to the folder of tables")
    return sets


def ablation(options: argparse.Namespace) -> int:
    """Computes what is missing and prints the table."""
    from benchmarks.tables.variations import VARIATIONS

    parts = names(options.parts or ",".join(VARIATIONS), list(VARIATIONS), "variation")
    results = ABLATION_FILE if options.test else ABLATION_FILE.with_stem("ablation-inner")
    campaign = Campaign(
        sets_of(options, list(SETS)), [PART + part for part in dict.fromkeys((DEFAULT, *parts))],
        range(options.splits), results, folder_asked(), options.threads,
        again=options.again, seconds=options.seconds, inner=not options.test,
    )  # fmt: skip
    failed = run(campaign)
    print("\n".join(ablation_table(merged([results]), parts)))
    return min(failed, 1)


def campaign_of(options: argparse.Namespace) -> Campaign:
    """What `run` was asked for."""
    if options.methods is not None:
        methods = names(options.methods, list(METHODS), "method")
    else:
        methods = [name for name, method in METHODS.items() if options.full or method.quick]
    return Campaign(
        sets_of(options, list(SETS) if options.full else QUICK), methods, range(options.splits),
        options.results, folder_asked(), options.threads,
        options.pytabkit, options.again, options.seconds,
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Does what is asked; 1 if cells failed."""
    options = parser().parse_args(arguments)
    if options.command == "run":
        return min(run(campaign_of(options)), 1)
    if options.command == "ablation":
        return ablation(options)
    methods = options.methods and names(options.methods, list(METHODS), "method")
    print(report(merged([options.results, *options.more]), methods))
    return 0


if __name__ == "__main__":
    sys.exit(main())
