"""The last lines of a run: what it cost, and where its files are."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from rich.text import Text

from shoal.cli.tables import WIDTH
from shoal.cli.terminal import printable
from shoal.wording import duration_text

if TYPE_CHECKING:
    from shoal.study import Study


def cost_line(seconds: Mapping[str, Any], told: Sequence[str] = ()) -> Text:
    """Seconds by what they were spent on, and other costs."""
    total, training, compiling = (seconds[name] for name in ("total", "train", "compile"))
    spent = f"{duration_text(total)} ({duration_text(training)} training, "
    spent += f"{duration_text(compiling)} compiling)"
    return Text("; ".join([spent, *told]))


def beginning_of(study: Study) -> tuple[list[dict[str, Any]], list[Text]]:
    """The first points, as data, and lines of what they were worth and why the winner won."""
    from shoal.report.compared import chosen_sentence
    from shoal.report.facts import read_facts
    from shoal.report.origins import origins, sentences

    facts = read_facts(study.file)
    found = origins(facts)
    told = [*sentences(facts, found), chosen_sentence(facts)]
    lines = [
        Text(part)
        for line in told
        for part in wrap(printable(line), WIDTH, break_long_words=False, break_on_hyphens=False)
    ]
    return [point.to_json() for point in found], lines


def next_steps(model: Path | None, study: Path | None, task: str) -> list[Text]:
    """Commands to copy: what is done next with a model, and with a study without a report."""
    told = {}
    if model is not None:
        out = "masks" if task == "segmentation" else "predictions.csv"
        told["To predict"] = f"shoal predict {quoted(model)} NEW-DATA --out {out}"
    if study is not None:
        told["To look at it all"] = f"shoal report {quoted(study)} --out report.html"
    return [Text(f"{what}: {printable(command)}", style="dim") for what, command in told.items()]


def quoted(path: Path) -> str:
    """A path as a shell takes it."""
    return shlex.quote(str(path))


def file_lines(files: Mapping[str, Path | None]) -> list[Text]:
    """One line a file, the path unbroken so that it can be copied."""
    present = {what: path for what, path in files.items() if path is not None}
    width = max(map(len, present), default=0)
    return [Text(f"{what:<{width}}  {printable(str(path))}") for what, path in present.items()]
