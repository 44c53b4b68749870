"""A page for each command, from the same texts as its ``--help``."""

from __future__ import annotations

import re
from typing import Any

import typer

from shoal.cli.main import app

VERBATIM = "\b"
"""What stands before a block whose lines are kept as they are."""


def command_pages() -> dict[str, str]:
    """The pages of all commands, and one that lists them."""
    group: Any = typer.main.get_command(app)
    commands = {name: group.commands[name] for name in group.commands}
    rows = [f"| [shoal {name}]({name}.md) | {_first(one)} |" for name, one in commands.items()]
    listed = "\n".join(
        [
            "# The command", "", _prose(group.help or ""), "", "| command | |", "| --- | --- |",
            *rows, "", "```{toctree}", ":hidden:", "", *commands, "```", "",
        ]
    )  # fmt: skip
    return {"commands/index.md": listed} | {
        f"commands/{name}.md": _page(name, command) for name, command in commands.items()
    }


def _first(command: Any) -> str:
    return _plain(command.help).split("\n\n")[0].replace("\n", " ")


def _page(name: str, command: Any) -> str:
    context = typer.Context(command)
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    usage = " ".join(["shoal", name, "[OPTIONS]", *(_metavar(p) for p in arguments)])
    lines = [f"# shoal {name}", "", "```console", usage, "```", "", _prose(command.help), ""]
    if arguments:
        lines += ["## Arguments", ""]
        lines += [_entry(_metavar(p), p.help or "") for p in arguments]
    lines += ["## Options", ""]
    for option in options:
        record = None if option.hidden else option.get_help_record(context)
        if record:
            lines.append(_entry(*record))
    return "\n".join([*lines, _entry("-h, --help", "Show this text and exit.")])


def _entry(name: str, words: str) -> str:
    """An entry of a list of definitions."""
    return f"`{name}`\n: {_words(words)}\n"


def _metavar(argument: Any) -> str:
    name = (argument.metavar or argument.name).upper()
    name += "..." if argument.nargs != 1 else ""
    return name if argument.required else f"[{name}]"


def _words(text: str) -> str:
    """Words as Markdown; what would be markup there is shown as it stands."""
    return re.sub(r"([*<\[\]_|$~])", r"\\\1", " ".join(_plain(text).split()))


def _plain(text: str) -> str:
    return re.sub(r"(?<!\\)\[/?(bold|italic|dim)\]", "", text).replace("\\[", "[")


def _prose(text: str) -> str:
    """The help as Markdown: paragraphs, and blocks of code where lines are indented."""
    blocks = []
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        plain = _plain(block).replace(VERBATIM, "").strip("\n")
        if all(line.startswith("  ") for line in plain.splitlines()):
            code = "\n".join(line[2:] for line in plain.splitlines())
            language = "toml" if code.startswith(("layers", "[")) else "console"
            blocks.append(f"```{language}\n{code}\n```")
        elif plain.strip():
            title = re.fullmatch(r"\[bold\](\w+):\[/bold\]", block.strip())
            blocks.append(f"**{title[1]}**" if title else _words(block))
    return "\n\n".join(blocks)
