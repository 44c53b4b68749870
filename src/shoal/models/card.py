"""A model card: what a trained network is, where it comes from and where it ends, as Markdown.

Source: Mitchell et al., "Model cards for model reporting", FAT* 2019.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from platform import python_version
from typing import TYPE_CHECKING, Any

from shoal.report.sentences import share_interval
from shoal.utils.text import duration_text, grouped, number_text, plural

if TYPE_CHECKING:
    from shoal.data import Preprocessing

FEW_ROWS = 30
"""A class with fewer rows in training is told as rare."""

FEW_TEST_ROWS = 200
"""Below so many test rows a score moves by half a point and more with a single row."""

LARGE_ERROR = 0.05
"""Calibration error from which on probabilities are not to be taken at their word."""

MOST_COLUMNS = 50
MOST_CLASSES = 50
"""Lines of a table, at most; how many more there are is told."""

_ROWS = {
    "test": "test rows, which were scored after everything was decided",
    "out_of_fold": "training and validation rows, each by the networks that had not seen it",
    "validation": "validation rows, by which the network was chosen, so that it flatters",
}


def versions() -> dict[str, str]:
    """The versions of what computes, of this process."""
    import shoal

    found = {"shoal": shoal.__version__, "python": python_version()}
    for package in ("jax", "numpy"):
        found[package] = metadata.version(package)
    return found


def write_card(
    preprocessing: Preprocessing, info: Mapping[str, Any], networks: Sequence[tuple[str, int]]
) -> str:
    """Write the card of a model or an ensemble as Markdown.

    Args:
        preprocessing: its own.
        info: its own; what it does not know is left out, and that it is not known is said.
        networks: of each network its recipe's loss and its number of parameters.
    """
    name = str(info.get("dataset") or "arrays")
    title = f"# Model card: {preprocessing.task} of {_plain(name)}"
    parts = [
        _model(networks),
        _data(preprocessing, info),
        _split(info),
        _scores(info),
        _search(info),
        _versions(info),
        _limits(preprocessing, info),
    ]
    return "\n\n".join([title, *("\n".join(part) for part in parts)]) + "\n"


def _model(networks: Sequence[tuple[str, int]]) -> Iterator[str]:
    yield "## Model\n"
    if len(networks) == 1:
        yield f"One network of {grouped(networks[0][1])} parameters, trained by {networks[0][0]}."
        return
    total = grouped(sum(count for _, count in networks))
    yield (
        f"An ensemble of {plural(len(networks), 'network')} with {total} parameters in all. "
        "It answers with the weighted mean of their answers."
    )


def _data(fitted: Preprocessing, info: Mapping[str, Any]) -> Iterator[str]:
    told = info.get("data", {})
    yield "## Data\n"
    yield f"- Name: {_plain(str(info.get('dataset') or 'arrays'))}"
    digest = told.get("digest")
    yield f"- Digest: {digest if digest else 'not known'}"
    if target := told.get("target"):
        yield f"- Target: {_plain(str(target))}"
    yield f"- Input of the network: {' × '.join(map(str, fitted.input_shape))}"
    columns = fitted.to_json()["encoder"].get("columns")
    if columns:
        yield from ["", "| column | kind | in training |", "| --- | --- | --- |"]
        for column in columns[:MOST_COLUMNS]:
            yield f"| {_plain(column['name'])} | {column['kind']} | {_content(column)} |"
        if len(columns) > MOST_COLUMNS:
            yield f"\nAnd {plural(len(columns) - MOST_COLUMNS, 'more column')}."
    if fitted.classes:
        yield from _classes(fitted.classes, told.get("class_rows", {}))


def _content(column: Mapping[str, Any]) -> str:
    """What training had in a column: its range, or its categories."""
    if "low" in column and "high" in column:
        return f"{number_text(column['low'])} to {number_text(column['high'])}"
    if "categories" in column:
        names = [_plain(str(name)) for name in column["categories"][:5]]
        more = len(column["categories"]) - len(names)
        return ", ".join(names) + (f" and {more} more" if more > 0 else "")
    return ""


def _classes(classes: Sequence[str], rows: Mapping[str, Sequence[int]]) -> Iterator[str]:
    parts = [part for part in ("train", "validation", "test") if part in rows]
    yield from ["", f"| class |{''.join(f' {part} rows |' for part in parts)}"]
    yield f"| --- |{' ---: |' * len(parts)}"
    for i, name in enumerate(classes[:MOST_CLASSES]):
        yield f"| {_plain(name)} |{''.join(f' {rows[part][i]} |' for part in parts)}"
    if len(classes) > MOST_CLASSES:
        yield f"\nAnd {len(classes) - MOST_CLASSES} more classes."


def _split(info: Mapping[str, Any]) -> Iterator[str]:
    rows = info.get("data", {}).get("rows", {})
    yield "## Split\n"
    if not rows:
        yield "How the rows were split is not known."
        return
    each = ", ".join(f"{grouped(rows[part])} {part}" for part in rows)
    seed = f", drawn with seed {info['seed']}" if "seed" in info else ""
    yield f"{grouped(sum(rows.values()))} rows: {each}{seed}."
    if rows.get("train") and not rows.get("validation"):
        yield "Training and validation rows are in folds: each row was in both by turns."


def _scores(info: Mapping[str, Any]) -> Iterator[str]:
    yield "## Scores\n"
    splits = [split for split in _ROWS if info.get(split)]
    if not splits:
        yield "No scores are known."
    for split in splits:
        count = _count(split, info)
        yield f"On the {'' if count is None else grouped(count) + ' '}{_ROWS[split]}:\n"
        yield "| metric | value | 95 % interval |\n| --- | ---: | ---: |"
        for metric, value in info[split].items():
            yield f"| {metric} | {number_text(value)} | {_interval(split, metric, value, info)} |"
        yield ""
    if splits:
        yield (
            "The interval is that of a share of independent rows (Wilson, 1927). No interval is "
            "given for other metrics, nor on rows by which a choice was made."
        )


def _count(split: str, info: Mapping[str, Any]) -> int | None:
    rows = info.get("data", {}).get("rows", {})
    names = ("train", "validation") if split == "out_of_fold" else (split,)
    return sum(rows[name] for name in names) if all(name in rows for name in names) else None


def _interval(split: str, metric: str, value: Any, info: Mapping[str, Any]) -> str:
    """Where a share of rows lies, unless the rows chose the network or count unlike."""
    count, told = _count(split, info), info.get("data", {})
    share = metric == "accuracy" and told.get("task") == "classification"
    number = isinstance(value, int | float) and 0 <= value <= 1
    if not (share and number and count) or split == "validation" or told.get("weighted"):
        return ""
    low, high = share_interval(float(value), count)
    return f"{low:.3f} to {high:.3f}"


def _search(info: Mapping[str, Any]) -> Iterator[str]:
    told = info.get("search", {})
    yield "## Search\n"
    if not told:
        yield "How the network was found is not known."
        return
    trials = told.get("trials", {})
    count = sum(trials.values())
    if count == 1:
        yield "One network was trained; nothing was searched."
    else:
        states = ", ".join(f"{n} {state}" for state, n in trials.items() if n)
        yield (
            f"{plural(count, 'trial')} ({states}), proposed by {told.get('sampler', 'a sampler')}, "
            f"the best by {told.get('metric', 'the objective')} on the validation rows."
        )
    if info.get("trial") is not None and count > 1:
        yield f"The network is that of trial {info['trial']}."
    seconds = told.get("seconds")
    if seconds:
        total = seconds["total"]
        yield f"It took {duration_text(total)} ({number_text(total)} seconds)."


def _versions(info: Mapping[str, Any]) -> Iterator[str]:
    told = info.get("versions")
    yield "## Versions\n"
    if not told:
        yield "The versions of the programs that made it are not known."
    for package, version in (told or {}).items():
        yield f"- {package} {version}"


def _limits(fitted: Preprocessing, info: Mapping[str, Any]) -> Iterator[str]:
    yield "## Limits\n"
    found = [*_of_rows(info), *_of_classes(fitted.classes, info), *_of_probabilities(info)]
    notes = info.get("data", {}).get("notes", ())
    found += [f"Remark on the data: {_plain(note)}" for note in notes]
    if info.get("interrupted"):
        found.append("The training was interrupted, so more epochs may do better.")
    found.append(
        "Inputs that training had nothing like (a new category, a value far outside of the range) "
        "are answered all the same, with a warning."
    )
    yield from (f"- {sentence}" for sentence in found)


def _of_rows(info: Mapping[str, Any]) -> Iterator[str]:
    rows = info.get("data", {}).get("rows", {})
    if not info.get("test"):
        yield "The model has not been scored on test rows."
    elif 0 < rows.get("test", 0) < FEW_TEST_ROWS:
        step = number_text(100 / rows["test"], 2)
        yield f"There are only {rows['test']} test rows: one of them is {step} % of a score."


def _of_classes(classes: Sequence[str], info: Mapping[str, Any]) -> Iterator[str]:
    counts = info.get("data", {}).get("class_rows", {})
    train, test = counts.get("train", ()), counts.get("test", ())
    rare = [(name, n) for name, n in zip(classes, train, strict=False) if n < FEW_ROWS]
    if rare:
        named = ", ".join(f"{_plain(name)} ({n})" for name, n in rare[:10])
        more = f" and {len(rare) - 10} more" if len(rare) > 10 else ""
        yield f"Rare classes, with fewer than {FEW_ROWS} rows in training: {named}{more}."
    absent = [name for name, n in zip(classes, test, strict=False) if n == 0]
    if absent and any(test):
        named = ", ".join(map(_plain, absent[:10])) + (", …" if len(absent) > 10 else "")
        yield f"Classes without a test row, of which no score says anything: {named}."


def _of_probabilities(info: Mapping[str, Any]) -> Iterator[str]:
    for split in ("test", "out_of_fold", "validation"):
        error = info.get(split, {}).get("calibration_error")
        if isinstance(error, int | float):
            if error >= LARGE_ERROR:
                yield (
                    f"Probabilities are badly calibrated: on the {split.replace('_', '-')} rows "
                    "they differ from the shares of right answers by "
                    f"{number_text(error, 3)} on average."
                )
            return


def _plain(text: str) -> str:
    """A text from the data inside a line of Markdown: nothing in it is markup."""
    text = " ".join(text.split())
    return "".join(f"\\{c}" if c in r"\`*_[]<>|#" else c for c in text)
