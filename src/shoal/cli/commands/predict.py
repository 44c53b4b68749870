"""`shoal predict`: what a model says of each row, as a CSV file; of each picture, as a mask."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from shoal.cli import data_options, options
from shoal.cli.arguments import (
    check_reads_pictures,
    check_reads_texts,
    one_by_one,
    print_text_predictions,
    show_pictures,
)
from shoal.cli.files import check_different, check_free, umask
from shoal.cli.pieces import picture_pieces, piece_remarks_told, reported, row_pieces
from shoal.cli.predictions import carried_columns, prediction_columns
from shoal.cli.reading import open_model, read_data_for
from shoal.cli.terminal import Terminal, command_help, printable
from shoal.errors import DataError
from shoal.utils.text import harmless, is_formula

if TYPE_CHECKING:
    from shoal.data import Dataset
    from shoal.data.io.pieces import PicturePieces, RowPieces
    from shoal.models.ensemble import Ensemble
    from shoal.models.model import Model

SomeData = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="DATA",
        help=options.DATA_HELP + " Or pictures: files, and folders of them, as many as there are.",
        show_default=False,
    ),
]
Message = Annotated[
    list[str] | None,
    typer.Option(
        metavar="TEXT",
        help="In place of DATA, for models that read texts: a text; may be given several times.",
        show_default=False,
    ),
]
Raw = Annotated[
    bool,
    typer.Option(
        "--raw",
        help="Write texts that begin as a formula does, such as =1+1, as they are, for programs; "
        "a spreadsheet would run them.",
    ),
]
PredictionsOut = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE.csv",
        help="Where to write. Masks go to a new folder, as PNG, or to an .npz. Needed with DATA; "
        "of pictures, predictions are shown without.",
        show_default=False,
    ),
]
Keep = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN",
        help="A column of the table that is written beside the predictions, such as an "
        "identifier's; may be given several times.",
        show_default=False,
    ),
]

HELP = command_help(
    "Predict each row of the data, with known answers or without, into a CSV file.",
    "Classes come as a column prediction and a probability p_… for each class; numbers as "
    "prediction, in the units of the target. They are in the order of the rows; --keep writes "
    "columns of the table beside them, and of texts and pictures in files the first column "
    "is the file. Of a segmentation every picture has its mask: a "
    "PNG of its name, as large as the picture and with the numbers, palette or colors that the "
    "masks of training had, or all of them as y in an .npz file.",
    examples=(
        "shoal predict digits-1.safetensors new-digits.npz --out predictions.csv",
        "shoal predict prices.safetensors houses.csv --keep id --out prices.csv",
        "shoal predict prices-1.study houses.csv --out prices.csv",
        "shoal predict cells-1.safetensors new-cells/ --out masks",
        "shoal predict flowers-1.safetensors photo.jpg another.png",
        "shoal predict flowers-1.safetensors holiday/ --out flowers.csv",
        'shoal predict messages-1.safetensors --message "WIN a prize! Call now"',
    ),
)


def predict(
    model: options.ModelFile,
    data: SomeData = None,
    out: PredictionsOut = None,
    message: Message = None,
    keep: Keep = None,
    target: options.Target = None,
    text: data_options.TextColumn = None,
    encoding: data_options.Encoding = None,
    single: options.Single = False,
    header: data_options.Header = None,
    skip_broken: data_options.SkipBroken = False,
    images: data_options.Images = None,
    force: options.Force = False,
    raw: Raw = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Predict each row."""
    terminal = Terminal(as_json, quiet)
    if message:
        _predict_messages(
            terminal,
            model,
            message,
            data=data,
            out=out,
            keep=keep,
            force=force,
            raw=raw,
            single=single,
        )
        return
    if not data:
        raise typer.BadParameter("none were given (nor --message)", param_hint="DATA")
    trained: Model | Ensemble | None = None
    if one_by_one(data) or (out is None and Path(data[0]).is_dir()):
        trained = open_model(model, single=single)
        if one_by_one(data):
            check_reads_pictures(trained, data)
        pictures = trained.preprocessing.kind == "image" and trained.task != "segmentation"
        if out is None and pictures:
            _nothing_to_keep(keep, "pictures")
            show_pictures(terminal, trained, data, skip_broken=skip_broken)
            return
    if out is None:
        raise typer.BadParameter(
            "none was given; for example --out predictions.csv", param_hint="--out"
        )
    for one in data:
        check_different({"MODEL": model, "DATA": Path(one), "--out": out})
    trained = trained or open_model(model, single=single)
    from shoal.cli.mask_files import check_mask_path, write_masks  # needs numpy: not for --help

    if trained.task == "segmentation":
        check_mask_path(out, force=force)
        _nothing_to_keep(keep, "a segmentation")
    else:
        check_free(out, "--out", DataError, force=force)
    source = data[0]
    with terminal.working(f"reading {source}"):
        pieces: PicturePieces | RowPieces | None
        pieces = picture_pieces(trained, data, skip_broken=skip_broken)
        if pieces is None:
            dataset = read_data_for(
                trained, source, target, answers=False, text=text, encoding=encoding,
                header=header, skip_broken=skip_broken, images=images,
            )  # fmt: skip
            pieces = row_pieces(trained, dataset)
    with piece_remarks_told(terminal, trained, pieces), terminal.working("predicting"):
        if trained.task == "segmentation":
            count = write_masks(out, trained, reported(pieces))
        else:
            tables = _tables(trained, reported(pieces), source, keep or [])
            count = _write(terminal, out, tables, raw=raw)
    told = Text(f"{count:,} predictions in {printable(str(out))}")
    terminal.result({"rows": count, "out": str(out)}, told)


_Table = tuple[list[str], Sequence[Sequence[Any]]]
"""Headings, and rows."""


def _tables(
    model: Model | Ensemble, pieces: Iterable[Dataset], source: str, keep: list[str]
) -> Iterator[_Table]:
    """The predictions of each piece."""
    for dataset in pieces:
        names, beside = carried_columns(source, dataset, keep)
        headings, columns = prediction_columns(model, dataset)
        yield [*names, *headings], list(zip(*beside, *columns, strict=True))


def _predict_messages(
    terminal: Terminal,
    path: Path,
    texts: list[str],
    *,
    data: list[str] | None,
    out: Path | None,
    keep: list[str] | None,
    force: bool,
    raw: bool,
    single: bool,
) -> None:
    """Predict texts of the command line; they are shown, or written where --out says."""
    if data:
        raise typer.BadParameter("takes the place of DATA", param_hint="--message")
    _nothing_to_keep(keep, "--message")
    trained = open_model(path, single=single)
    check_reads_texts(trained)
    header, columns = prediction_columns(
        trained, [text.strip() for text in texts]
    )  # as from a file
    if out is None:
        print_text_predictions(terminal, texts, header, columns)
        return
    check_different({"MODEL": path, "--out": out})
    check_free(out, "--out", DataError, force=force)
    table = ["text", *header], list(zip(texts, *columns, strict=True))
    _write(terminal, out, [table], raw=raw)
    told = Text(f"{len(texts):,} predictions in {printable(str(out))}")
    terminal.result({"rows": len(texts), "out": str(out)}, told)


def _nothing_to_keep(keep: list[str] | None, what: str) -> None:
    if keep:
        raise typer.BadParameter(f"keeps columns of a table, not of {what}", param_hint="--keep")


def _write(terminal: Terminal, path: Path, tables: Iterable[_Table], *, raw: bool) -> int:
    """Write beside the file, then rename: it is there whole or not at all; how many rows it has.

    Rows are written as they come. Texts that a spreadsheet would run are made harmless, unless
    they are wanted raw.

    Raises:
        DataError: it cannot be written.
    """
    temporary = None
    count = changed = 0
    headed = False
    try:
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, prefix=f".{path.name}.", delete=False, newline="",
            encoding="utf-8", errors="backslashreplace",  # names of files may be no text
        ) as file:  # fmt: skip
            temporary = file.name
            writer = csv.writer(file, lineterminator="\n")
            for header, rows in tables:
                if not headed:
                    headed = True
                    writer.writerow(header if raw else map(harmless, header))
                    changed += sum(map(is_formula, header))
                writer.writerows([_cell(value, raw=raw) for value in row] for row in rows)
                changed += sum(is_formula(cell) for row in rows for cell in row)
                count += len(rows)
        os.chmod(temporary, 0o666 & ~umask())
        os.replace(temporary, path)
    except OSError as error:
        raise DataError(
            "predictions can be written", where=str(path), received=error.strerror or str(error)
        ) from None
    finally:
        if temporary is not None:
            with suppress(FileNotFoundError):
                os.unlink(temporary)
    if changed and not raw:
        terminal.warn(
            f"{changed} cells begin as a formula does: in the file a ' stands in front of each, "
            "so that no spreadsheet runs them; --raw writes them as they are."
        )
    return count


def _cell(value: Any, *, raw: bool) -> Any:
    if isinstance(value, float):
        return f"{value:.7g}"
    return value if raw else harmless(value)
