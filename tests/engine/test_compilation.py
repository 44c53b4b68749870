"""Functions compiled side by side: each is what it was to be, and errors are those of its own."""

import threading

import jax
import jax.numpy as jnp
import pytest

from shoal.engine import compilation
from shoal.engine.compilation import Compilation, CompileLog, Source

ONE = jax.ShapeDtypeStruct((), jnp.float32)


class Lowered:
    """Stands for a function that is traced; its compilation is what the test says."""

    key = None

    def __init__(self, compiled):
        self.compile = lambda **options: compiled()

    def lowered(self):
        return self


def test_the_functions_come_in_the_order_of_their_sources():
    log = CompileLog()
    sources = [Source(lambda x, k=k: x * k, (ONE,)) for k in range(7)]
    functions = log.compile(*sources)
    assert [float(function(jnp.float32(1))) for function in functions] == list(range(7))
    assert log.count == 7
    assert log.seconds > 0


def test_a_source_may_give_its_arguments_away():
    (double,) = CompileLog().compile(Source(lambda x: 2 * x, (ONE,), donate=(0,)))
    given = jnp.float32(3) + 0
    assert float(double(given)) == 6
    assert given.is_deleted()


def test_they_are_compiled_side_by_side(monkeypatch):
    """Each waits for the other: one after the other they would never come to an end."""
    monkeypatch.setattr(compilation, "processors", lambda: 2)
    meeting = threading.Barrier(2)
    compiled = Compilation([Lowered(lambda: meeting.wait(300))] * 2).functions()
    assert sorted(compiled) == [0, 1]


def test_a_program_s_functions_are_traced_where_they_are_asked_for():
    """Settings of jax may hold for one thread only."""
    threads = []

    def traced(x):
        threads.append(threading.current_thread())
        return x

    CompileLog().compile(Source(traced, (ONE,)), Source(lambda x: traced(x) + 1, (ONE,)))
    assert threads == [threading.current_thread()] * 2


def test_the_compiler_s_error_is_told_and_nothing_counted():
    def fail():
        raise ValueError("no such instruction")

    log = CompileLog()
    with pytest.raises(ValueError, match="no such instruction"):
        log.compile(Lowered(fail), Lowered(fail))
    assert log.count == 0


def test_what_is_given_up_is_not_begun(monkeypatch):
    monkeypatch.setattr(compilation, "processors", lambda: 1)
    begun, may_end = [], threading.Event()
    making = Compilation([Lowered(lambda: may_end.wait(300)), Lowered(lambda: begun.append(1))])
    making.trace()
    making.trace()
    making.begin()
    making.give_up()
    may_end.set()
    making._threads.shutdown(wait=True)
    assert not begun
