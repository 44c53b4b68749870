"""Where a call in Python shows what it does: notebooks, terminals, and nowhere else."""

import io
import sys
import types

import pytest
from small_problems import blobs

import shoal
from shoal import Dense, Int, Recipe, Sequential
from shoal.display import Progress, default_display, live
from shoal.errors import RecipeError
from shoal.tuning.progress import one_callback


class Screen(io.StringIO):
    """A terminal that remembers what was written on it."""

    def isatty(self):
        return True


def screen_of(monkeypatch, term="xterm-256color"):
    """A terminal in place of standard error; to be called in the test: pytest sets it, too."""
    monkeypatch.setenv("TERM", term)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    found = Screen()
    monkeypatch.setattr(sys, "stderr", found)
    return found


class Handle:
    """A cell's output that can be written anew."""

    def __init__(self, first):
        self.told = [first]

    def update(self, picture):
        self.told.append(picture)


@pytest.fixture
def notebook(monkeypatch):
    """Names of IPython that are looked up, as a notebook's kernel has them."""
    cells = []

    def display(picture, display_id):
        assert display_id is True
        cells.append(Handle(picture))
        return cells[-1]

    ipython = types.ModuleType("IPython")
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=object())
    inner = types.ModuleType("IPython.display")
    inner.display = display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", inner)
    return cells


def family():
    return Sequential(Dense(Int(2, 4)), Dense(3))


CALLS = {
    "search": lambda **how: shoal.search(
        family(), Recipe(epochs=2), blobs(), trials=2, lanes=2, confirm_seeds=1, **how
    ).close(),
    "train": lambda **how: shoal.train(
        Sequential(Dense(3)), Recipe(epochs=2), blobs(), **how
    ),
    "compare": lambda **how: shoal.compare(
        family(), Recipe(epochs=2), blobs(), {"a": {"dense_1.units": 3}}, seeds=2, **how
    ),
    "learning_curve": lambda **how: shoal.learning_curve(
        Sequential(Dense(3)), Recipe(epochs=2), blobs(), fractions=(0.2, 0.5, 1.0), seeds=2, **how
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_on_a_terminal_a_panel_and_then_a_line(name, monkeypatch):
    screen = screen_of(monkeypatch)
    CALLS[name]()
    told = screen.getvalue()
    assert f"shoal.{name}" in told.splitlines()[-1]
    assert " in " in told.splitlines()[-1]
    assert "╭" in told
    assert "Ctrl-C" in told


def test_resume_shows_itself(tmp_path, monkeypatch):
    screen = screen_of(monkeypatch)
    path = tmp_path / "a.study"
    shoal.search(
        family(), Recipe(epochs=1), blobs(), trials=1, confirm_seeds=0, study=path, progress=False
    ).close()
    assert screen.getvalue() == ""
    shoal.resume(path, blobs(), trials=2).close()
    assert "shoal.resume: 2 trials in" in screen.getvalue().splitlines()[-1]


def test_several_callbacks_are_called_in_their_order():
    called = []
    callbacks = [lambda p: called.append(("a", p.asked)), lambda p: called.append(("b", p.asked))]
    call = one_callback(callbacks)
    call(Progress("training", 8))
    assert called == [("a", 8), ("b", 8)]
    assert one_callback(called.append) == called.append
    for none in (None, (), []):
        assert one_callback(none)(Progress("training", 8)) is None


@pytest.mark.parametrize("wrong", [3, [print, "loud"], {"a": print}])
def test_what_cannot_be_called_is_no_callback(wrong):
    with pytest.raises(RecipeError, match=r"callbacks are functions of a Progress.*received"):
        shoal.search(family(), Recipe(), blobs(), callbacks=wrong)


@pytest.mark.parametrize("how", [{"progress": False}, {"callbacks": lambda progress: None}])
@pytest.mark.parametrize("name", ["search", "train"])
def test_nothing_is_shown_if_it_is_not_wanted(name, how, monkeypatch, notebook):
    screen = screen_of(monkeypatch)
    CALLS[name](**how)
    assert screen.getvalue() == ""
    assert notebook == []


def test_without_a_terminal_nothing_is_shown(capfd):
    CALLS["search"]()
    CALLS["train"]()
    assert capfd.readouterr() == ("", "")


def test_a_terminal_that_cannot_be_drawn_on_gets_lines(monkeypatch):
    screen = screen_of(monkeypatch, "dumb")
    CALLS["train"]()
    told = screen.getvalue()
    assert "\x1b" not in told
    assert "╭" not in told
    assert told.splitlines()[0] == "[0:00] preparing"


def test_in_a_notebook_a_cell_is_written_anew(notebook, capsys):
    CALLS["search"]()
    (cell,) = notebook
    first, last = cell.told[0], cell.told[-1]
    assert repr(first) == "shoal.search …"
    assert repr(last).startswith("shoal.search: 2 trials in ")
    assert last._repr_html_().startswith("<pre style=")
    assert "best validation accuracy" in last._repr_html_()
    assert capsys.readouterr().err == ""


def test_a_notebook_keeps_the_panel_of_a_run_that_broke_off(notebook, monkeypatch):
    monkeypatch.setattr(live, "SECONDS_A_PICTURE", 0.001)

    def broken():
        with default_display("shoal.search") as watch:
            watch(Progress("training", 8, {"completed": 1, "running": 7}))
            while len(notebook[0].told) < 3:  # it is drawn without being told anew
                pass
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert "1/8" in repr(notebook[0].told[-1])
    assert "<script" not in notebook[0].told[-1]._repr_html_()


def test_the_best_is_known_from_the_first_epoch():
    seen = []
    shoal.search(
        family(),
        Recipe(epochs=3),
        blobs(),
        trials=2,
        lanes=2,
        confirm_seeds=1,
        callbacks=seen.append,
    ).close()
    first = next(p for p in seen if p.epochs)
    assert first.ended == 0
    assert first.best is not None
    assert first.best_unfinished
    assert first.best_trial in (0, 1)
    assert first.begun == pytest.approx(2 / 3)
    values = [p.best for p in seen if p.best is not None]
    assert values == sorted(values)  # an accuracy never falls
    assert not seen[-1].best_unfinished
    assert seen[-1].begun == 0.0


def test_an_error_is_best_where_it_is_least():
    from small_problems import plane

    seen = []
    shoal.search(
        Sequential(Dense(Int(2, 4)), Dense(2)),
        Recipe(loss=shoal.losses.SquaredError(), epochs=3), plane(), trials=2, lanes=2,
        confirm_seeds=0, callbacks=seen.append,
    ).close()  # fmt: skip
    values = [p.best for p in seen if p.best is not None]
    assert values[0] > 0
    assert values == sorted(values, reverse=True)
