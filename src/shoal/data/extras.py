"""Packages that only some files need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shoal.errors import DataError

EXTRA = "tables"
"""The extra that brings all of them."""


@contextmanager
def needs(
    package: str, what: str, where: str, *, instead: str = "save it as CSV"
) -> Iterator[None]:
    """Turn a failed import into the advice what to install.

    Args:
        package: what is imported.
        what: what it reads.
        where: the file.
        instead: what can be done without.

    Raises:
        DataError: it is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise DataError(
            f"{what} is read by the package {package}",
            received="it is not installed"
            if isinstance(error, ModuleNotFoundError)
            else str(error),
            where=where,
            hint=f"Install it with: pip install 'shoal[{EXTRA}]', or {instead}.",
        ) from None
