"""What takes a while says so; what does not, nothing."""

import io
import sys
import time

import numpy as np
from rich.console import Console

import shoal
from shoal.cli.terminal import Terminal
from shoal.data.io import load
from shoal.data.remarks import shows_reading
from shoal.display.working import working


def until(said) -> None:
    while not said():
        time.sleep(0.005)


def impatient(monkeypatch) -> None:
    monkeypatch.setattr(sys.modules["shoal.display.working"], "PATIENCE", 0.01)


def test_a_line_where_there_is_no_terminal(monkeypatch):
    impatient(monkeypatch)
    console = Console(file=io.StringIO(), width=80)
    with working(console, "reading a.csv"):
        until(console.file.getvalue)
    assert console.file.getvalue() == "reading a.csv …\n"


def test_what_is_done_at_once_says_nothing():
    console = Console(file=io.StringIO(), width=80)
    with working(console, "reading a.csv"):
        pass
    assert console.file.getvalue() == ""


def test_on_a_terminal_it_is_gone_at_the_end(monkeypatch):
    impatient(monkeypatch)
    console = Console(file=io.StringIO(), width=80, force_terminal=True, _environ={"TERM": "xterm"})
    with working(console, "reading a.csv"):
        until(lambda: "reading a.csv …" in console.file.getvalue())
    assert console.file.getvalue().endswith("\x1b[2K")


def test_quiet_is_quiet(monkeypatch, capsys):
    impatient(monkeypatch)
    with Terminal(quiet=True).working("reading"):
        time.sleep(0.05)
    assert capsys.readouterr().err == ""


def test_reading_says_so_on_a_terminal_alone(monkeypatch, tmp_path):
    impatient(monkeypatch)
    monkeypatch.setenv("TERM", "xterm")
    screen = io.StringIO()
    slow = shows_reading(lambda source, *, progress=True: time.sleep(0.2))
    monkeypatch.setattr(sys, "stderr", screen)
    slow("a.csv")
    assert screen.getvalue() == ""
    monkeypatch.setattr(screen, "isatty", lambda: True, raising=False)
    slow("b.csv", progress=False)
    assert screen.getvalue() == ""
    slow(source="b\x1b.csv")
    assert "reading b\\x1b.csv …" in screen.getvalue()


def test_load_is_one_that_says_so(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.eye(4), y=np.arange(4))
    assert len(shoal.data.load(path)) == 4
    assert load.load.__wrapped__ is not load.load
