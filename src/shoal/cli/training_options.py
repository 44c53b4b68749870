"""The options of all commands that train: what is read, the network, and how it is trained."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Any, get_type_hints

from shoal.cli import class_weights, data_options, options
from shoal.cli.plan import (
    TrainingPlan,
    make_plan,
    own_files,
    read_network_option,
    with_own_rows,
)
from shoal.cli.reading import read_data
from shoal.cli.terminal import Terminal
from shoal.utils.default_values import SEED, TEST, VALIDATION


@dataclass(frozen=True, kw_only=True)
class TrainingOptions:
    """What `train`, `search` and `curve` are all given, as on the command line."""

    data: options.Data
    network: options.NetworkFile = None
    target: options.Target = None
    task: data_options.Task = None
    drop: data_options.Drop = None
    categorical: data_options.Categorical = None
    numeric: data_options.Numeric = None
    dates: data_options.Dates = None
    header: data_options.Header = None
    positive: data_options.Positive = None
    channels: data_options.Channels = None
    ignore: data_options.Ignore = None
    masks: data_options.Masks = None
    images: data_options.Images = None
    scaling: data_options.Scaling = None
    size: data_options.Size = None
    resize: data_options.Resize = None
    skip_broken: data_options.SkipBroken = False
    weight: options.Weight = None
    text: data_options.TextColumn = None
    vocabulary: data_options.Vocabulary = None
    text_length: data_options.TextLength = None
    lowercase: data_options.Lowercase = None
    encoding: data_options.Encoding = None
    groups: options.Groups = None
    epochs: options.Epochs = None
    batch_size: options.BatchSize = None
    patience: options.Patience = None
    tile: data_options.Tile = None
    validation: options.Validation = VALIDATION
    test: options.Test = TEST
    objective: options.ObjectiveName = None
    class_weight: class_weights.ClassWeight = None
    seed: options.Seed = SEED

    def files(self) -> dict[str, Path | None]:
        """By option, the files that are read."""
        rows = own_files(self.validation, self.test)
        return {"DATA": Path(self.data), **rows, "--network": self.network}

    def plan(self, terminal: Terminal, *, ranges: bool) -> tuple[TrainingPlan, dict[str, Any]]:
        """Read all of it: what is trained on what, and which rows are drawn of the data.

        Args:
            terminal: where remarks on it go.
            ranges: whether what nobody named may be a range.

        Raises:
            ShoalError: files that cannot be read, or options that do not fit the data.
        """
        file = read_network_option(self.network)  # before the data, for it is quick
        data = self._read(terminal)
        plan = make_plan(
            data_options.suited(terminal, data, self.objective, file), file, ranges=ranges,
            epochs=self.epochs, batch_size=self.batch_size, patience=self.patience,
            tile=data_options.requested_tile_side(self.tile), objective=self.objective,
            class_weight=self.class_weight,
        )  # fmt: skip
        class_weights.tell(terminal, plan, self.objective, self.class_weight)
        plan, drawn = with_own_rows(terminal, plan, self.validation, self.test)
        data_options.print_tile(terminal, plan)
        data_options.tell(terminal, plan)
        return plan, drawn

    def _read(self, terminal: Terminal) -> Any:
        tokens = data_options.requested_tokenization(
            self.vocabulary, self.text_length, self.lowercase
        )
        return read_data(
            terminal, self.data, self.target, self.text, tokens, self.weight, self.groups,
            task=self.task, drop=self.drop, positive=self.positive, encoding=self.encoding,
            channels=self.channels, scaling=self.scaling, categorical=self.categorical,
            numeric=self.numeric, dates=self.dates, header=self.header, size=self.size,
            resize=self.resize, skip_broken=self.skip_broken, ignore=self.ignore,
            images=self.images, masks=self.masks,
        )  # fmt: skip


def with_training_options(command: Callable[..., None]) -> Callable[..., None]:
    """Put these options before a command's own.

    The command is called with a `TrainingOptions` and its own options by name. What reads
    its signature, as the command line does, sees all options one by one.
    """
    hints = get_type_hints(TrainingOptions, include_extras=True)
    shared = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(TrainingOptions)
    ]
    _, *own = inspect.signature(command, eval_str=True).parameters.values()
    parameters = [*shared, *(one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own)]

    @wraps(command)
    def run(**given: Any) -> None:
        training = {field.name: given.pop(field.name) for field in fields(TrainingOptions)}
        command(TrainingOptions(**training), **given)

    run.__annotations__ = {one.name: one.annotation for one in parameters}
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return run
