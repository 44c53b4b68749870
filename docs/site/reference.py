"""The API reference: every public name, from the lists that the package itself keeps."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import shoal
from docs.catalogue import sections

TITLES = {
    "inspect": "A look inside",
    "sklearn": "Estimators for scikit-learn",
}
"""What the pages of modules are called whose names say less."""

UNTOLD = ("kernels",)
"""Public modules for those who build upon the engine, which users do not call."""

PLAIN = ("losses", "optimizers", "schedules", "clipping", "regularizers", "augmentation")
"""Modules of components, whose methods are for the engine: the class alone is shown."""

INTRODUCED = ("inspect", "sklearn", "errors", "testing", "export")
"""Modules whose own text stands at the top of their page."""


def modules() -> list[str]:
    """The names of the public modules that have a page."""
    named = [name for name in shoal.__all__ if inspect.ismodule(getattr(shoal, name))]
    return [name for name in named if name not in UNTOLD]


def public(module: str) -> dict[str, Any]:
    """The public classes and functions of a module by name."""
    home = importlib.import_module(module)
    names = getattr(home, "__all__", None) or [
        name for name, value in vars(home).items()
        if inspect.isclass(value) and value.__module__ == module
    ]  # fmt: skip
    found = {name: getattr(home, name) for name in names}
    return {name: one for name, one in found.items() if _described(one)}


def _described(one: Any) -> bool:
    return (inspect.isclass(one) or inspect.isroutine(one)) and bool(one.__doc__)


def reference_pages() -> dict[str, str]:
    """The pages, in reStructuredText as docstrings are."""
    layers = {cls.__name__ for _, classes in list(sections().values())[:2] for cls in classes}
    names = public("shoal")
    pages = {
        "training": ("Training and searching", "shoal", {
            name: one for name, one in names.items() if name not in layers
        }, True),
        "layers": ("Layers", "shoal", {n: one for n, one in names.items() if n in layers}, False),
    }  # fmt: skip
    for name in modules():
        title = TITLES.get(name, name.capitalize())
        pages[name] = (title, f"shoal.{name}", public(f"shoal.{name}"), name not in PLAIN)
    index = _titled("API reference") + (
        "Every public name of the package. What stands in a module is reached as it is written: "
        "``shoal.losses.Dice``.\n\n.. toctree::\n   :maxdepth: 1\n\n"
        + "".join(f"   {name}\n" for name in pages)
    )
    return {"reference/index.rst": index} | {
        f"reference/{name}.rst": _page(*page) for name, page in pages.items()
    }


def _titled(title: str) -> str:
    return f"{title}\n{'=' * len(title)}\n\n"


def _page(title: str, module: str, names: dict[str, Any], members: bool) -> str:
    text = _titled(title)
    if module.rpartition(".")[2] in INTRODUCED:
        text += f".. automodule:: {module}\n   :no-members:\n   :no-index:\n\n"
    functions = {n: one for n, one in names.items() if not inspect.isclass(one)}
    classes = {n: one for n, one in names.items() if inspect.isclass(one)}
    for name in functions:
        text += f".. autofunction:: {module}.{name}\n\n"
    for name in sorted(classes):
        exception = issubclass(classes[name], BaseException)
        text += f".. auto{'exception' if exception else 'class'}:: {module}.{name}\n"
        text += "   :members:\n\n" if members and not exception else "   :no-members:\n\n"
    return text
