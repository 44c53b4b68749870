"""`shoal export`: a study's trials as a table, a model as an ONNX file, for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from shoal.cli import options
from shoal.cli.files import check_different, check_free
from shoal.cli.reading import kind_of, open_model, open_study
from shoal.cli.terminal import Terminal, command_help, printable
from shoal.errors import ModelError, StudyError

ONNX_SUFFIX = ".onnx"

OutFile = Annotated[
    Path,
    typer.Option(
        metavar="FILE.csv|.parquet|.onnx",
        help="Where to write, and as what: a study's trials as a table, a model or a study's "
        "model as ONNX.",
    ),
]

Opset = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="The version of ONNX's operators; 18 by default, which runtimes of 2023 know.",
        show_default=False,
    ),
]


HELP = command_help(
    "Write a study's trials as a table: CSV, or Parquet (with shoal's extra parquet); or a model "
    "as an ONNX file, its preprocessing inside (with shoal's extra onnx).",
    examples=(
        "shoal export digits-1.study --out trials.csv",
        "shoal export digits-1.study --out trials.parquet",
        "shoal export digits-1.safetensors --out digits.onnx",
    ),
)


def export(
    source: options.ModelFile,
    out: OutFile,
    opset: Opset = None,
    single: options.Single = False,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Write a table, or an ONNX file."""
    terminal = Terminal(as_json, quiet)
    check_different({"MODEL|STUDY": source, "--out": out})
    if kind_of(source) == "model" or out.suffix.lower() == ONNX_SUFFIX:
        _write_model(terminal, source, out, opset, single=single, force=force)
        return
    for option, given in (("--opset", opset is not None), ("--single", single)):
        if given:
            raise StudyError(
                f"{option} is for a model as ONNX", received=f"--out {out}",
                hint="Write it with --out model.onnx, or leave the option out.",
            )  # fmt: skip
    check_free(out, "--out", StudyError, force=force)
    found = open_study(source)
    with terminal.working("writing the table"):
        found.export(out)
    told = {"trials": sum(found.counts().values()), "table": str(out)}
    found.close()
    terminal.result(told, Text(f"{told['trials']} trials are in {printable(str(out))}"))


def _write_model(
    terminal: Terminal, source: Path, out: Path, opset: int | None, *, single: bool, force: bool
) -> None:
    if out.suffix.lower() != ONNX_SUFFIX:
        raise ModelError(
            "a model is exported as ONNX",
            expected="a file whose name ends in .onnx",
            received=str(out),
            where="--out",
        )
    check_free(out, "--out", ModelError, force=force)
    model = open_model(source, single=single)
    if model.preprocessing.kind == "text":
        check_free(out.with_name(f"{out.stem}.tokenizer.json"), "--out", ModelError, force=force)
    with terminal.working("writing the graph"):
        written = model.export(out, **({} if opset is None else {"opset": opset}))
    for note in written.notes:
        terminal.remark(f"note: {note}")
    files = [str(file) for file in written.files]
    told: dict[str, Any] = {"model": files[0]}
    if len(files) > 1:
        told["tokenizer"] = files[1]
    terminal.result(told, Text(f"the model is in {printable(' and '.join(files))}"))
