"""A folder that nobody can write, for tests of what is then said."""

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

NOBODY = 65534


@contextmanager
def unwritable(*paths):
    """While it lasts nobody can write there: the superuser goes by the rights of another."""
    modes = {path: path.stat().st_mode for path in paths}
    superuser = os.geteuid() == 0
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        if superuser:
            os.seteuid(NOBODY)
        if not all(os.access(p, os.R_OK, effective_ids=True) for p in paths):
            pytest.skip("nobody else can read here")
        yield
    finally:
        if superuser:
            os.seteuid(0)
        for path, mode in modes.items():
            path.chmod(mode)


@contextmanager
def open_folder():
    """A temporary folder that everyone can read."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
