"""What `--help` prints: options in groups, their names on the left, what they do beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import Any

from rich.console import Console
from rich.text import Text
from typer.core import TyperCommand

WIDEST = 100
"""Columns of a help page, at most: longer lines are hard to read."""

NAMES = 26
"""Columns of the names of options; a longer one has a line of its own."""

STACKED = 64
"""Columns below which what an option does stands below its name."""

GROUPS: dict[str, tuple[str, ...]] = {
    "Search": (
        "best", "trials", "sampler", "by_hand", "warm_start", "folds", "repeats", "confirm",
        "ensemble_size", "lanes",
    ),
    "Data": (
        "shape", "data", "target", "task", "drop", "categorical", "numeric", "dates", "positive",
        "weight", "class_weight", "groups", "scaling", "header", "encoding",
    ),
    "Rows for validation and test": ("validation", "test", "rows"),
    "Network and training": (
        "network", "epochs", "batch_size", "patience", "objective", "time", "ensemble_folds",
        "fractions", "seeds", "seed",
    ),
    "Pictures and masks": (
        "size", "resize", "channels", "images", "masks", "skip_broken", "ignore", "tile",
    ),
    "Texts": ("text", "message", "vocabulary", "text_length", "lowercase"),
    "Files and output": (
        "out", "study", "report", "figure", "card", "single", "opset", "keep", "raw", "resume",
        "force", "as_json", "quiet", "help",
    ),
}  # fmt: skip
"""The groups of options, and the options of each by their parameters, in the order shown."""

OTHERS = "Other options"


class HelpfulCommand(TyperCommand):
    """A command whose help is written for the width there is."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help page."""
        console = Console(highlight=False, emoji=False)
        width = min(console.width, WIDEST)
        with console.capture() as written:
            for line in help_page(self, ctx, width):
                console.print(line, soft_wrap=True)
        formatter.write(written.get())


def help_page(command: Any, ctx: Any, width: int) -> list[Text]:
    """Return the lines of a command's help page.

    Args:
        command: the command, as click has it.
        ctx: its context.
        width: columns that there are.
    """
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    usage = f"Usage: {ctx.command_path} {_usage(arguments)} [OPTIONS]"
    lines = [Text(line, style="bold") for line in _wrapped(usage, width, "       ")]
    lines += [Text(""), *_paragraphs(command.help or "", width)]
    if arguments:
        lines += _titled("Arguments", [_entry(p, ctx) for p in arguments], width)
    for title, options in option_groups(command, ctx):
        lines += _titled(title, [_entry(p, ctx) for p in options], width)
    return lines


def option_groups(command: Any, ctx: Any) -> list[tuple[str, list[Any]]]:
    """Return the command's options by group, groups and options in the order of `GROUPS`."""
    options = {p.name: p for p in command.get_params(ctx) if p.param_type_name == "option"}
    grouped = [
        (title, [options.pop(name) for name in names if name in options])
        for title, names in GROUPS.items()
    ]
    grouped.append((OTHERS, list(options.values())))
    return [(title, found) for title, found in grouped if found]


def _usage(arguments: Sequence[Any]) -> str:
    return " ".join(
        _name(p) if p.required else f"[{_name(p)}{'…' if p.nargs == -1 else ''}]" for p in arguments
    )


def _name(argument: Any) -> str:
    return str(argument.metavar or argument.human_readable_name)


def _entry(parameter: Any, ctx: Any) -> tuple[str, str]:
    """What a parameter is called, with the kind of value it takes, and what it does."""
    if parameter.param_type_name == "argument":
        return _name(parameter), str(parameter.help or "")
    called, told = parameter.get_help_record(ctx)
    called = called.replace(" / ", ", ").replace("<", "").replace(">", "")
    return called, " ".join(told.split())


def _titled(title: str, entries: Iterable[tuple[str, str]], width: int) -> list[Text]:
    lines = [Text(""), Text(title, style="bold cyan")]
    for called, told in entries:
        lines += _stacked(called, told, width) if width < STACKED else _beside(called, told, width)
    return lines


def _beside(called: str, told: str, width: int) -> list[Text]:
    texts = _wrapped(told, width - NAMES - 2) or [""]
    first = Text.assemble("  ", (called, "bold"))
    if len(called) + 3 > NAMES:
        return [*_stacked(called, "", width), *(Text(" " * NAMES + text) for text in texts)]
    first.append(" " * (NAMES - first.cell_len) + texts[0])
    return [first, *(Text(" " * NAMES + text) for text in texts[1:])]


def _stacked(called: str, told: str, width: int) -> list[Text]:
    room = width - 2
    cut = called.replace("|", "|\u200b") if len(called) > room else called
    names = [part.replace("\u200b", "") for part in _pieces(cut, room)]
    lines = [Text.assemble("  ", (name, "bold")) for name in names]
    return [*lines, *(Text(f"      {text}") for text in _wrapped(told, width - 6))]


def _pieces(called: str, room: int) -> list[str]:
    """A long choice among words, broken after its bars."""
    lines = [""]
    for part in called.split("\u200b"):
        if lines[-1] and len(lines[-1]) + len(part) > room:
            lines.append("    ")
        lines[-1] += part
    return lines


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    return wrap(
        text, max(width, 16), subsequent_indent=indent, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def _paragraphs(text: str, width: int) -> list[Text]:
    """Paragraphs that are wrapped, and between them lines that stay as they are."""
    lines: list[Text] = []
    heading = False
    for paragraph in text.split("\n\n"):
        lines += [Text("")] if lines and not heading else []
        heading = False
        if paragraph.startswith("\b\n"):
            lines += [Text.from_markup(line) for line in paragraph[2:].splitlines()]
        else:
            found = _styled(Text.from_markup(" ".join(paragraph.split())), width)
            heading = len(found) == 1 and found[0].plain.endswith(":")
            lines += found
    return lines


def _styled(shown: Text, width: int) -> list[Text]:
    """A paragraph's lines, its heading bold."""
    found = [Text(line) for line in _wrapped(shown.plain, width)]
    if found and shown.spans:
        found[0].stylize("bold", shown.spans[0].start, shown.spans[0].end)
    return found
