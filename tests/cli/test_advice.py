"""What messages advise is there: options, commands and names."""

import ast
import contextlib
import importlib
import operator
import re
from pathlib import Path

import pytest
import typer

import shoal
from shoal.cli.main import app

SOURCE = Path(shoal.__file__).parent

COMMANDS = typer.main.get_command(app).commands
OPTIONS = {
    option
    for command in [typer.main.get_command(app), *COMMANDS.values()]
    for parameter in command.params
    for option in (*parameter.opts, *parameter.secondary_opts)
    if option.startswith("--")
} | {"--help"}


def texts(path):
    """The texts of a module that are no docstrings, with their lines; f-strings' in parts."""
    tree = ast.parse(path.read_text("utf-8"))
    documents = {
        id(node.value) for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }  # fmt: skip
    for node in ast.walk(tree):
        a_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if a_text and id(node) not in documents:
            yield node.value, f"{path.relative_to(SOURCE)}:{node.lineno}"


def told(pattern):
    """Every match in the texts of the house, and where it is."""
    return [
        (found, where)
        for path in sorted(SOURCE.rglob("*.py"))
        for text, where in texts(path)
        for found in re.findall(pattern, text)
    ]


def test_options_that_are_named_exist():
    named = told(r"(?<![\w-])(--[a-z][a-z-]*[a-z])\b")
    assert len(named) > 30  # they are found
    assert [(option, where) for option, where in named if option not in OPTIONS] == []


def test_commands_that_are_named_exist():
    words = "train|search|resume|curve|ensemble|evaluate|predict|report|show|export"
    assert set(words.split("|")) == set(COMMANDS)
    named = told(r"(?:^|[:`(] ?|\bwith: )shoal ([a-z]+)\b(?!-)")
    assert len(named) > 5
    assert [(name, where) for name, where in named if name not in COMMANDS] == []


def there(path):
    """Whether it is something in shoal, or a module of it."""
    with contextlib.suppress(AttributeError):
        operator.attrgetter(path)(shoal)
        return True
    with contextlib.suppress(ImportError):
        importlib.import_module(f"shoal.{path}")
        return True
    return False


def test_names_that_are_advised_exist():
    named = told(r"\bshoal((?:\.[A-Za-z_]\w*)+)")
    missing = [(path, where) for path, where in named if not there(path.strip("."))]
    assert len(named) > 20
    assert missing == []


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_examples_of_help_have_options_of_that_command(command):
    own = {option for parameter in COMMANDS[command].params for option in parameter.opts}
    for line in COMMANDS[command].help.splitlines():
        if line.strip().startswith(f"shoal {command} "):
            used = set(re.findall(r"(?<![\w-])--[a-z-]+", line))
            assert used <= own, line
