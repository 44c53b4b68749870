"""Help pages: every option in a group, nothing wider than the terminal."""

import click
import pytest
import typer
from rich.cells import cell_len
from rich.markup import render

from shoal.cli.help_pages import OTHERS, help_page, option_groups
from shoal.cli.main import app

COMMANDS = sorted(typer.main.get_command(app).commands)


def command_of(name):
    group = typer.main.get_command(app)
    command = group.commands[name]
    return command, click.Context(
        command, info_name=name, parent=click.Context(group, info_name="shoal")
    )


def verbatim(command):
    """Lines that stay as they are, for they are copied."""
    parts = [part[2:] for part in command.help.split("\n\n") if part.startswith("\b\n")]
    return {render(line).plain for part in parts for line in part.splitlines()}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_its_group_and_stands_once(name):
    command, ctx = command_of(name)
    groups = option_groups(command, ctx)
    assert OTHERS not in dict(groups)
    shown = [option.name for _, options in groups for option in options]
    assert sorted(shown) == sorted(
        p.name for p in command.get_params(ctx) if p.param_type_name == "option"
    )


@pytest.mark.parametrize("width", [50, 80, 100])
@pytest.mark.parametrize("name", COMMANDS)
def test_help_fits_and_says_everything(name, width):
    command, ctx = command_of(name)
    lines = [line.plain for line in help_page(command, ctx, width)]
    as_they_are = verbatim(command)
    assert as_they_are <= set(lines)
    assert all(cell_len(line) <= width for line in lines if line not in as_they_are)
    text = " ".join(" ".join(lines).split())
    for parameter in command.params:
        assert " ".join(str(parameter.help).split()) in text
        for option in parameter.opts if parameter.param_type_name == "option" else []:
            assert option in text


def test_options_stand_beside_what_they_do_where_there_is_room():
    command, ctx = command_of("train")
    wide = [line.plain for line in help_page(command, ctx, 80)]
    narrow = [line.plain for line in help_page(command, ctx, 50)]
    assert any(line.startswith("  --epochs N              Times") for line in wide)
    assert "  --epochs N" in narrow
    assert wide[wide.index("Examples:") + 1] == "  shoal train digits"
    assert "[default: 0.2]" in " ".join(wide).replace("  ", "")
