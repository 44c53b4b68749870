"""What this process has of the machine."""

import os

import pytest

from shoal.kernels.ffi.dense_chain import LANES_A_THREAD, lane_per_thread
from shoal.utils import environment
from shoal.utils.environment import Machine, memory, processors

GROUP = "0::/shared/mine\n"


@pytest.fixture
def group(tmp_path, monkeypatch):
    """A control group whose limits can be written: mine, in one that is shared."""
    folder = tmp_path / "cgroup" / "shared" / "mine"
    folder.mkdir(parents=True)
    told = tmp_path / "told"
    told.write_text(GROUP)
    monkeypatch.setattr(environment, "CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(environment, "OWN_GROUP", told)
    monkeypatch.setattr(os, "process_cpu_count", lambda: 12, raising=False)
    return folder


def test_processors_are_those_that_the_process_is_bound_to(monkeypatch):
    monkeypatch.delattr(os, "process_cpu_count", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3}, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    assert processors() == 1
    assert lane_per_thread(LANES_A_THREAD)
    monkeypatch.delattr(os, "sched_getaffinity")
    assert processors() <= 64
    assert not lane_per_thread(LANES_A_THREAD - 1)


@pytest.mark.parametrize(
    ("mine", "shared", "count"),
    [
        ("max 100000", "max 100000", 12),
        ("250000 100000", "max 100000", 3),
        ("max 100000", "50000 100000", 1),
        ("no sense", "400000 100000", 4),
    ],
)
def test_a_container_s_share_of_time_counts(group, mine, shared, count):
    (group / "cpu.max").write_text(mine)
    (group.parent / "cpu.max").write_text(shared)
    assert processors() == count


def test_without_limits_the_processors_count(group):
    assert processors() == 12


def test_memory_is_the_least_of_the_machine_s_and_the_container_s(group):
    whole = memory()
    (group / "memory.max").write_text("max")
    assert memory() == whole
    (group.parent / "memory.max").write_text("1000000")
    assert memory() == 1e6


def test_machines_of_a_class_are_the_same(group, monkeypatch):
    for told in (15.4e9, 16.8e9, 17.2e9):
        monkeypatch.setattr(environment, "memory", lambda told=told: told)
        assert Machine.here() == Machine(12, 2.0**34)
    assert Machine.from_json(Machine.here().to_json()) == Machine.here()
