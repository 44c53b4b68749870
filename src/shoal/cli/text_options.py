"""Options for data with a column of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from shoal.cli.plan import Plan
    from shoal.cli.terminal import Terminal
    from shoal.data import Tokenization

TextColumn = Annotated[
    str | None,
    typer.Option(
        "--text",
        metavar="COLUMN",
        help="The column of texts to read, for tables, or several with commas between: "
        "title,description. By default columns of free text are found. Texts beside other "
        "columns (--drop leaves one out) are features of a table by their frequent words.",
        show_default=False,
    ),
]
Encoding = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="What a table or texts are written in, such as cp1252; by default UTF-8 or UTF-16, "
        "and where it is neither, what Windows writes.",
        show_default=False,
    ),
]
Vocabulary = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="For texts: different tokens at most; by default 5000, of many texts up to 20,000.",
        show_default=False,
    ),
]
TextLength = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="For texts: tokens that are read of each; by default all of nearly every one, 256 "
        "at most.",
        show_default=False,
    ),
]
Lowercase = Annotated[
    bool | None,
    typer.Option(
        "--lowercase/--no-lowercase",
        help="For texts: whether capitals are read as small letters, as they are by default.",
        show_default=False,
    ),
]


def asked_tokenization(
    vocabulary: int | None, length: int | None, lowercase: bool | None
) -> Tokenization | None:
    """What was asked of tokens; None if nothing was.

    Raises:
        DataError: numbers that make no sense.
    """
    from shoal.data import Tokenization

    if vocabulary is None and length is None and lowercase is None:
        return None
    usual = Tokenization()
    small = usual.lowercase if lowercase is None else lowercase
    return Tokenization(vocabulary or usual.vocabulary, length, small)


def tell(terminal: Terminal, plan: Plan) -> None:
    """Say that texts are read by their words' character n-grams too, if they are."""
    from shoal.wiring.token_check import ngrams_of

    ngrams = ngrams_of(plan.network) if plan.data.tokenization is not None else None
    if ngrams is not None:
        terminal.remark(
            "note: of each text the network reads its tokens and its words' character n-grams "
            f"({ngrams.min_n} to {ngrams.max_n} characters)"
        )
