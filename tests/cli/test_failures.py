import os

import pytest
import typer

from shoal.cli.terminal import Terminal, printable, reporting_failures
from shoal.errors import DataError


def test_our_errors_are_told_with_status_two(capsys):
    with pytest.raises(typer.Exit) as end, reporting_failures():
        raise DataError("a rule", expected="this", received="[b]that", where="here")
    assert end.value.exit_code == 2
    assert capsys.readouterr().err == "Error: here: a rule; expected this; received [b]that\n"


def test_what_nobody_expected_is_told_in_one_line_with_a_way_on(capsys, monkeypatch):
    monkeypatch.delenv("SHOAL_DEBUG", raising=False)
    with pytest.raises(typer.Exit) as end, reporting_failures():
        raise ZeroDivisionError("first\nsecond")
    assert end.value.exit_code == 1
    told = capsys.readouterr().err
    assert told.splitlines()[0] == "Unexpected error: ZeroDivisionError: first"
    assert "SHOAL_DEBUG=1" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        (MemoryError("Unable to allocate 745. GiB for an array with shape (10,)"), "745 GiB more"),
        (
            RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 3221225472 bytes."),
            "3 GiB more",
        ),
        (MemoryError(), "fits into memory, "),
    ],
)
def test_too_little_memory_is_told_with_what_would_fit(capsys, monkeypatch, error, asked):
    monkeypatch.delenv("SHOAL_DEBUG", raising=False)
    monkeypatch.setattr(os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_AVPHYS_PAGES": 2**18}.get)
    with pytest.raises(typer.Exit) as end, reporting_failures():
        raise error
    assert end.value.exit_code == 2
    told = capsys.readouterr().err
    assert told.startswith("Error: the work fits into memory")
    assert asked in told
    assert ", 1 GiB are free" in told
    assert "--lanes 4" in told
    assert "--batch-size" in told


def test_traceback_for_those_who_ask(capsys, monkeypatch):
    monkeypatch.setenv("SHOAL_DEBUG", "1")
    with pytest.raises(typer.Exit), reporting_failures():
        raise ZeroDivisionError("oh")
    assert "Traceback" in capsys.readouterr().err


def test_interrupt(capsys):
    with pytest.raises(typer.Exit) as end, reporting_failures():
        raise KeyboardInterrupt
    assert end.value.exit_code == 130
    assert capsys.readouterr().err == "Interrupted.\n"


def test_ends_that_are_not_ours_pass():
    for error in (typer.Exit(3), typer.Abort(), BrokenPipeError(32, "pipe"), SystemExit(4)):
        with pytest.raises(type(error)), reporting_failures():
            raise error


def test_control_characters_are_spelled_out():
    assert printable("a\x1b[2Jb\r\u202e\udcff\nç×") == "a\\x1b[2Jb\\r\\u202e\\udcff\nç×"


def test_numbers_that_are_not_finite_become_null(capsys):
    Terminal(json=True).result({"a": float("nan"), "b": [float("inf"), 1.5], "c": True})
    assert capsys.readouterr().out == '{"a": null, "b": [null, 1.5], "c": true}\n'
