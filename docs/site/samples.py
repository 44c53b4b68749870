"""The samples of a page, and running them as a reader would, one after another.

Of a page's blocks of code are run: ``python``, in one namespace; ``sh``, of which the lines
that begin with ``shoal``; and any block whose first line is ``# name.toml`` or the like is a
file of that name. A block of ``py`` or ``console`` is shown and not run. ``long`` behind the
language marks what only `make docs` runs.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docs.site.pages import ROOT
from shoal.cli.main import app

SAMPLED = (
    "docs/tutorial/first.md",
    "docs/tutorial/tables.md",
    "docs/tutorial/pictures.md",
    "docs/tutorial/masks.md",
    "docs/tutorial/texts.md",
    "docs/scikit_learn.md",
    "docs/samplers.md",
    "docs/network_files.md",
    "docs/export.md",
)
"""The pages whose samples are run."""

BLOCK = re.compile(r"^```(\w+)( long)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# ([\w-]+\.(?:toml|csv|json))\n")


@dataclass(frozen=True)
class Sample:
    """A block of code of a page.

    Attributes:
        page: where it stands.
        language: python, sh, or what a file is written in.
        long: whether it takes so long that tests leave it out.
        code: its text.
    """

    page: str
    language: str
    long: bool
    code: str

    @property
    def commands(self) -> list[list[str]]:
        """The arguments of each ``shoal`` in a block of commands."""
        lines = self.code.replace("\\\n", " ").splitlines()
        return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("shoal ")]


def samples(page: str) -> Iterator[Sample]:
    """The blocks of a page that are run or written to files."""
    for language, long, code in BLOCK.findall((ROOT / page).read_text("utf-8")):
        if language in ("python", "sh") or FILE.match(code):
            yield Sample(page, language, bool(long), code)


Changed = Callable[[list[str]], list[str]]


def run_page(page: str, *, long: bool = True, changed: Changed = lambda line: line) -> None:
    """Run the samples of a page in the present folder.

    Args:
        page: its path in the repository.
        long: whether those that take long are run.
        changed: the arguments of a command as they are to be run, such as with fewer trials.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    for sample in samples(page):
        file = FILE.match(sample.code)
        if file:
            Path(file[1]).write_text(sample.code, encoding="utf-8")
        elif sample.long and not long:
            continue
        elif sample.language == "python":
            exec(compile(sample.code, page, "exec", dont_inherit=True), names)
        else:
            for line in sample.commands:
                run_command(changed(line))


def run_command(line: list[str]) -> None:
    """Run the command in this process, as `shoal` with these arguments would.

    Raises:
        RuntimeError: it ended with a failure.
    """
    try:
        app(line, prog_name="shoal", standalone_mode=False)
    except SystemExit as end:
        if end.code:
            raise RuntimeError(f"shoal {shlex.join(line)} ended with {end.code}") from end


def run_all() -> None:
    """Run every sample as it stands, each page in an empty folder."""
    for page in SAMPLED:
        begun = time.monotonic()
        with (
            tempfile.TemporaryDirectory() as folder,
            contextlib.chdir(folder),
            open(os.devnull, "w") as nowhere,
            contextlib.redirect_stdout(nowhere),
        ):
            run_page(page)
        print(f"ran  {page}  {time.monotonic() - begun:.0f} s", flush=True)
