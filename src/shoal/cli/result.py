"""The last lines of a run: what it cost, and where its files are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

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
    """The first points, as data and as lines of what they were worth by where they came from."""
    from shoal.report.facts import read_facts
    from shoal.report.origins import origins, sentences

    facts = read_facts(study.file)
    found = origins(facts)
    lines = [Text(printable(line)) for line in sentences(facts, found)]
    return [point.to_json() for point in found], lines


def file_lines(files: Mapping[str, Path | None]) -> list[Text]:
    """One line a file, the path unbroken so that it can be copied."""
    present = {what: path for what, path in files.items() if path is not None}
    width = max(map(len, present), default=0)
    return [Text(f"{what:<{width}}  {printable(str(path))}") for what, path in present.items()]
