"""Writes `catalogue.md`: everything that a network and a recipe are made of.

Run it with ``python -m docs.catalogue`` after a docstring has changed; a test holds
the file to what it writes.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

from shoal import Activation, EarlyStopping, Layer, learning_curve
from shoal import inspect as looks
from shoal.augmentation import Augmentation
from shoal.clipping import Clipping
from shoal.losses import Loss
from shoal.metrics import classification, objective, regression, segmentation
from shoal.optimizers import Optimizer
from shoal.registry import LAYERS, RECIPE_PARTS, SAMPLERS, Registry
from shoal.regularizers import Regularizer
from shoal.samplers import Sampler
from shoal.schedules import Schedule
from shoal.space import Role
from shoal.space.tree import role_of

FILE = Path(__file__).with_name("catalogue.md")

HEADINGS = ("Args", "Raises", "Returns", "Attributes", "Yields")

RANGES = {
    Role.HOST: "read by the host",
    Role.TRACED: "an input of the program",
    Role.WIDTH: "a mask",
    Role.STATIC: "a program for each value",
}
"""What a range at a field of each role becomes."""

METRICS = {
    "classification": (classification, "CLASS_MEASURES"),
    "multi-label": (classification, "LABEL_MEASURES"),
    "regression": (regression, "VALUE_MEASURES"),
    "segmentation": (segmentation, "PIXEL_MEASURES"),
}


def sections() -> dict[str, tuple[str, list[type]]]:
    """By heading, the prefix under which its classes are found, and these."""
    found = _classes(LAYERS, Layer)
    return {
        "Layers": ("shoal", [cls for cls in found if not issubclass(cls, Activation)]),
        "Activations": ("shoal", [cls for cls in found if issubclass(cls, Activation)]),
        "Losses": ("shoal.losses", _classes(RECIPE_PARTS, Loss)),
        "Optimizers": ("shoal.optimizers", _classes(RECIPE_PARTS, Optimizer)),
        "Schedules": ("shoal.schedules", _classes(RECIPE_PARTS, Schedule)),
        "Clipping": ("shoal.clipping", _classes(RECIPE_PARTS, Clipping)),
        "Regularizers": ("shoal.regularizers", _classes(RECIPE_PARTS, Regularizer)),
        "Early stopping": ("shoal", _classes(RECIPE_PARTS, EarlyStopping)),
        "Augmentation": ("shoal.augmentation", _classes(RECIPE_PARTS, Augmentation)),
        "Samplers": ("shoal.samplers", _classes(SAMPLERS, Sampler)),
    }


def functions() -> dict[str, Callable[..., Any]]:
    """What is asked of a network, by the name under which it is found."""
    public = [getattr(looks, name) for name in looks.__all__]
    found = {f"shoal.inspect.{look.__name__}": look for look in public if callable(look)
             and not inspect.isclass(look)}  # fmt: skip
    return {**found, "shoal.learning_curve": learning_curve}


def _classes(registry: Registry, protocol: type) -> list[type]:
    """The components of a protocol, by name."""
    return sorted(registry.of(protocol).values(), key=lambda cls: cls.__name__)


def parts(cls: Any) -> tuple[str, dict[str, str]]:
    """A docstring's text, and what it says of each argument."""
    text, arguments, heading = [], {}, ""
    name = ""
    for line in (inspect.getdoc(cls) or "").splitlines():
        if re.fullmatch(rf"({'|'.join(HEADINGS)}):", line):
            heading = line[:-1]
        elif line and not line.startswith(" "):
            heading = ""
        if not heading:
            text.append(line)
        elif heading == "Args" and line.strip():
            new = re.match(r" {4}(\*{0,2}\w+(?:, \w+)*): (.*)", line)
            if new:
                name = new[1]
                arguments |= dict.fromkeys(name.split(", "), new[2])
            elif name:
                for one in name.split(", "):
                    arguments[one] += " " + line.strip()
    return "\n".join(text).strip(), arguments


def argument(cls: Any, name: str) -> str:
    """What the docstring of a class, of one that it is made from, or of a function says."""
    for one in getattr(cls, "__mro__", (cls,)):
        told = parts(one)[1].get(name)
        if told:
            return told
    return ""


def markdown(text: str) -> str:
    """A docstring's text as Markdown: its mathematics, code and paragraphs."""
    blocks = []
    for block in re.split(r"\n\s*\n", text):
        if block.startswith(".. math::"):
            equation = textwrap.dedent(" " * 9 + block.removeprefix(".. math::"))
            blocks.append("```math\n" + " ".join(equation.split()) + "\n```")
        else:
            blocks.append(_inline(" ".join(block.split())))
    return "\n\n".join(blocks)


def _inline(text: str) -> str:
    text = re.sub(r":math:`([^`]*)`", r"$`\1`$", text)
    return text.replace("``", "`")


def fields(cls: Any) -> Iterator[tuple[str, str, str]]:
    """Name, default and what a range there becomes, of what a class or call takes."""
    roles: Mapping[str, Any] = {}
    if dataclasses.is_dataclass(cls):
        roles = {f.name: role_of(f) for f in dataclasses.fields(cls) if "role" in f.metadata}
    for name, parameter in inspect.signature(cls).parameters.items():
        if name == "name" and inspect.isclass(cls) and issubclass(cls, Layer):  # of each alike
            continue
        default = "" if parameter.default is inspect.Parameter.empty else repr(parameter.default)
        if inspect.isfunction(parameter.default):
            default = parameter.default.__name__
        if " object at 0x" in default:  # a part without a text of its own
            default = f"{type(parameter.default).__name__}()"
        yield name, default, RANGES[roles[name]] if name in roles else ""


def _entry(prefix: str, cls: type) -> str:
    lines = [f"### {cls.__name__}", f"`{prefix}.{cls.__name__}`", markdown(parts(cls)[0])]
    rows = []
    for name, default, ranged in fields(cls):
        shown = f"`{default}`" if default else ""
        told = _inline(argument(cls, name)).replace("|", "\\|")
        rows.append(f"| `{name}` | {shown} | {ranged} | {told} |")
    if rows:
        heading = "| argument | default | a range there is | |\n| --- | --- | --- | --- |\n"
        lines.append(heading + "\n".join(rows))
    return "\n\n".join(lines)


def _call(place: str, function: Callable[..., Any]) -> str:
    """An entry of a function, whose arguments are no ranges."""
    lines = [f"### {function.__name__}", f"`{place}`", markdown(parts(function)[0])]
    rows = [
        f"| `{name}` | {f'`{default}`' if default else ''} | "
        + _inline(argument(function, name)).replace("|", "\\|") + " |"
        for name, default, _ in fields(function)
    ]  # fmt: skip
    lines.append("| argument | default | |\n| --- | --- | --- |\n" + "\n".join(rows))
    return "\n\n".join(lines)


def _metrics(task: str) -> str:
    module, name = METRICS[task]
    ways = ", ".join(
        f"`{metric}` ({'less' if way == 'minimize' else 'more'} is better)"
        for metric, way in objective.DIRECTIONS[task].items()
    )
    return "\n\n".join([f"### Of {task}", ways, markdown(_told_of(module, name))])


def _told_of(module: ModuleType, name: str) -> str:
    """The text that stands behind a constant in a module."""
    body = ast.parse(inspect.getsource(module)).body
    for now, then in pairwise(body):
        names = [t.id for t in getattr(now, "targets", []) if isinstance(t, ast.Name)]
        if name in names and isinstance(then, ast.Expr) and isinstance(then.value, ast.Constant):
            return inspect.cleandoc(str(then.value.value))
    return ""


def catalogue() -> str:
    """The whole file."""
    told = [
        "# Catalogue",
        "Everything that a network and a recipe are made of, with equation, source and defaults; "
        "written by `python -m docs.catalogue` from the docstrings. Wherever a number goes, a "
        "range goes; what becomes of it is told with each argument. Every layer takes a `name` "
        "besides, by which the network and its hyperparameters are told apart.",
    ]
    for heading, (prefix, classes) in sections().items():
        told.append(f"## {heading}")
        told += [_entry(prefix, cls) for cls in classes]
    told.append("## Metrics")
    told += [_metrics(task) for task in METRICS]
    told += ["## A look inside", markdown((looks.__doc__ or "").strip())]
    told += [_call(place, function) for place, function in functions().items()]
    return "\n\n".join(told) + "\n"


if __name__ == "__main__":
    FILE.write_text(catalogue(), encoding="utf-8")
