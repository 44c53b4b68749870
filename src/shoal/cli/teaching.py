"""Help that teaches: what a command does, and commands to copy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rich.markup import escape
from typer.core import TyperCommand

from shoal.cli.help_pages import HelpfulCommand

NETWORK_FILE = """\
layers = [
  { kind = "conv", channels = { range = "int", low = 4, high = 16 } },
  "relu",
  { kind = "max_pool", window = 2 },
  "flatten",
  { kind = "dense", units = 10 },
]
[recipe.optimizer]
kind = "adamw"
learning_rate = { range = "float", low = 1e-4, high = 1e-1, log = true }"""

OWN_NETWORK = (
    "Your own network (--network) is a TOML or JSON file of layers; wherever a number goes, "
    "a range goes. What a recipe leaves out is chosen for the data, and options win over it:"
)


CHOICES = "{choices}"
"""In the help of an option, the place of choices that are listed only when help is asked for."""


def choices_in_help(choices: Callable[[], Sequence[str]]) -> type[TyperCommand]:
    """A command whose help lists choices in the place of `CHOICES`.

    Args:
        choices: which they are. It may import what other commands do not need.
    """

    class WithChoices(HelpfulCommand):
        def format_help(self, ctx: Any, formatter: Any) -> None:
            for param in self.params:
                told = getattr(param, "help", None)
                if told and CHOICES in told:
                    vars(param)["help"] = told.replace(CHOICES, ", ".join(choices()))
            super().format_help(ctx, formatter)

    return WithChoices


def command_help(*paragraphs: str, examples: Sequence[str], network: bool = False) -> str:
    """The text of a command's ``--help``.

    Args:
        *paragraphs: what it does.
        examples: commands to copy.
        network: whether it takes ``--network``, which is then explained.
    """
    told = [*paragraphs, "[bold]Examples:[/bold]", _verbatim("\n".join(examples))]
    if network:
        told += [f"[bold]Networks:[/bold] {OWN_NETWORK}", _verbatim(NETWORK_FILE)]
    return "\n\n".join(told)


def _verbatim(text: str) -> str:
    """Lines that stay as they are, brackets included."""
    return "\b\n" + "\n".join(f"  {escape(line)}" for line in text.splitlines())
