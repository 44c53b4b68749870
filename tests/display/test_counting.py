"""Loops that are counted tell how far they are, and a terminal shows a bar."""

import importlib
import io
import time

from rich.console import Console

from shoal.display.working import working
from shoal.utils.counting import counted, listening


def at_once(monkeypatch):
    module = importlib.import_module("shoal.display.working")
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    monkeypatch.setattr(module, "_REDRAWN", 0.01)


def test_whoever_listens_hears_how_many_are_done():
    heard = []
    assert list(counted("ab", 2)) == ["a", "b"]
    with listening(lambda done, total: heard.append((done, total))):
        assert list(counted(iter("abc"), 3)) == ["a", "b", "c"]
    assert heard == [(1, 3), (2, 3), (3, 3)]


def test_a_terminal_shows_a_bar_and_clears_it(monkeypatch):
    at_once(monkeypatch)
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, width=100)
    last = time.monotonic() + 60
    with working(console, "reading [photos]"):
        for i in counted(range(30), 30):
            while i == 20 and "20/30" not in shown.getvalue() and time.monotonic() < last:
                time.sleep(0.01)
    assert "reading [photos] …" in shown.getvalue()
    assert "20/30" in shown.getvalue()


def test_a_few_things_have_no_bar(monkeypatch):
    at_once(monkeypatch)
    shown = io.StringIO()
    last = time.monotonic() + 60
    with working(Console(file=shown, force_terminal=True, width=100), "reading"):
        for i in counted(range(5), 5):
            while i == 3 and "reading" not in shown.getvalue() and time.monotonic() < last:
                time.sleep(0.01)
    assert "/5" not in shown.getvalue()
