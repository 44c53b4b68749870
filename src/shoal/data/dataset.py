"""A data set as it was read: inputs, targets and what is known of them, nothing fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from shoal.data.columns.cell_format import CellFormat
from shoal.data.columns.fit import describe_kinds
from shoal.data.columns.number_scaling import Scaling, checked_scaling
from shoal.data.columns.texts import joined_column
from shoal.data.encode.classes import checked_positive, encode_labels
from shoal.data.encode.mask_coding import MaskCoding, ignored_labels
from shoal.data.encode.masks import are_masks, encode_masks
from shoal.data.encode.pixels import taken
from shoal.data.encode.resizing import Resizing
from shoal.data.encode.retarget import retargeted
from shoal.data.encode.targets import encode_target
from shoal.data.encode.texts import empty_text_notes, text_columns
from shoal.data.encode.tokens import Tokenization, default_tokenization
from shoal.data.encode.unlike_sizes import are_unlike_pictures, filled_up, masks_filled_up
from shoal.data.encode.weights import check_weights
from shoal.data.io.arrays import check_indices, check_inputs, is_frame
from shoal.data.io.in_memory import as_pandas_or_array
from shoal.data.io.instances import OBJECTS_TOLD, MaskNumbers
from shoal.data.io.named_arrays import Channels, channels_last
from shoal.data.remarks import noted
from shoal.data.splitting.equal_rows import check_groups
from shoal.data.splitting.parts import TEST, VALIDATION, Parts, checked_parts
from shoal.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

Task = Literal["classification", "regression", "segmentation", "multi-label"]
"""What is predicted: one of several classes, one or more real numbers, a class for every
pixel, or a yes or no for each of several labels."""

Kind = Literal["image", "table", "text"]
"""What an example is: a picture of shape (height, width, channels), a row of columns, or
a text."""

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Raw examples; splits and preprocessing come later and leave it as it is.

    Attributes:
        name: a bundled name, or the path it was read from.
        kind: ``image``, ``table`` or ``text``.
        task: ``classification``, ``regression``, ``segmentation`` or ``multi-label``.
        x: images of shape (n, height, width, channels), or a table of shape
            (n, columns): a float array, or a DataFrame whose columns are float64
            (NaN is missing), boolean, dates, or text (None is missing); or texts, strings
            of shape (n,).
        y: for classification int64 of shape (n,), an index into ``classes``; for
            regression float64 of shape (n,) or (n, targets); for segmentation int32
            of shape (n, height, width), -1 where the class is not known; None:
            inputs only.
        classes: the names of the classes; empty for regression.
        target: the name of the column that ``y`` was read from, if it has one.
        fixed_test: row numbers of the canonical test set, if there is one.
        weight: how much each example counts, in training and in every metric,
            float64 of shape (n,); None: all the same.
        weight_column: the name of the column that it was read from, if it has one.
        group: the name of the column that ``groups`` were read from, if it has one.
        groups: which examples belong together, int64 of shape (n,); they stay
            together in every split; None: none do.
        example_names: what each example is called, such as its file; empty: nothing.
        notes: remarks for the user, such as a column that gives the target away.
        text: the name of the column that texts were read from, if they have one, or the names
            of several with commas between; of a table those of its columns of texts.
        tokenization: how texts are to become tokens; None where there are no texts.
        label_type: what the classes are beside their names: ``str``, ``bool`` or a type of
            NumPy's numbers; predictions come back so. None: whole numbers where all
            names are.
        guessed: whether the task was guessed from targets that leave it open, as whole
            numbers do; an objective or a loss may then decide otherwise.
        dropped: names of columns that were left out because it was asked for.
        positive: of two classes the one that IoU, Dice and F1 are of; None: the rarer one
            of the training rows.
        cells: all columns of a table's file but the target, as they stand there, text by
            line: a model reads them as it read those of training. None: there is no file.
        written: how the cells of a column are written, where that is unusual.
        encoding: what the file is written in, if that was named.
        channels: where the axis of channels was said to be; ``x`` has it last in any case.
        scaling: how a table's numbers are scaled for the network: ``standard``, ``robust``
            or ``quantile`` (see `with_scaling`).
        categorical, numeric, dates: names of columns that were said to hold these.
        header: whether a file was said to name its columns; None: it was judged.
        unnamed: how many columns a file without a header has.
        parts: of each row, whether the data say that it is for training (0), validation (1)
            or the test (2), int8 of shape (n,), see `shoal.data.splitting.parts`; a split keeps to
            it, and draws a part that no row is for from the training rows. None: nothing
            is said.
        resizing: what was done with pictures to make them one size; None: nothing.
        skip_broken: whether pictures that cannot be read were to be left out.
        coding: of masks, what their pixels are in files, and which labels are ignored;
            None: nothing is known of it.
        images: the folder that was named for pictures that a table names; None: none was.
        part_sources: by ``validation`` and ``test``, what the rows of a part that come from
            elsewhere are called (see `with_parts`).
        sizes: height and width of each picture of a segmentation, int32 of shape (n, 2),
            where they are unlike; ``x`` is as large as the largest, the others are continued
            right and below by their mirror image, and their masks are -1 there. None: all
            have the size of ``x``.
        file_sizes: height and width of each picture in its file, int32 of shape (n, 2), where
            they were resized: masks are written so. None: they were not.
        class_labels: of each class the number or color that stands for it in the data, where
            its name comes from a file beside them; empty: classes are called as in the data.
    """

    name: str
    kind: Kind
    task: Task
    x: Array | pd.DataFrame
    y: Array | None
    classes: tuple[str, ...] = ()
    target: str | None = None
    fixed_test: npt.NDArray[np.int64] | None = None
    notes: tuple[str, ...] = ()
    example_names: tuple[str, ...] = ()
    weight: npt.NDArray[np.float64] | None = None
    weight_column: str | None = None
    text: str | None = None
    tokenization: Tokenization | None = None
    groups: npt.NDArray[np.int64] | None = None
    group: str | None = None
    label_type: str | None = None
    guessed: bool = False
    dropped: tuple[str, ...] = ()
    positive: str | None = None
    cells: pd.DataFrame | None = None
    written: Mapping[str, CellFormat] = field(default_factory=dict)
    encoding: str | None = None
    channels: Channels | None = None
    scaling: Scaling = "standard"
    categorical: tuple[str, ...] = ()
    numeric: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    header: bool | None = None
    unnamed: int | None = None
    parts: Parts | None = None
    resizing: Resizing | None = None
    skip_broken: bool = False
    coding: MaskCoding | None = None
    images: str | None = None
    part_sources: Mapping[str, str] = field(default_factory=dict)
    sizes: npt.NDArray[np.int32] | None = None
    file_sizes: npt.NDArray[np.int32] | None = None
    class_labels: tuple[str, ...] = ()

    @classmethod
    def from_arrays(
        cls,
        x: Any,
        y: Any = None,
        *,
        task: Task | None = None,
        classes: Sequence[str] | None = None,
        weight: Any = None,
        tokenization: Tokenization | None = None,
        groups: Any = None,
        positive: Any = None,
        channels: Channels | None = None,
        scaling: Scaling | None = None,
        parts: Any = None,
        ignore: Any = None,
        masks: MaskNumbers | None = None,
        name: str = "arrays",
    ) -> Dataset:
        """Make a data set from what is in memory; arrays are checked, not copied.

        Args:
            x: (n, features), or a DataFrame, for a table; (n, height, width) or
                (n, height, width, channels) for images; a list of strings for texts. With
                masks, images may be a list of arrays of unlike sizes.
            y: (n,) or (n, targets); (n, height, width) for masks, or a list of them; None
                for inputs only. The name of a pandas Series becomes the target's name.
            task: guessed when None: masks are a segmentation; names, booleans and
                one-hot rows are classes, other rows of 0 and 1 several labels; whole
                numbers, also 0.0 and 1.0, are classes where few of them come often
                (`whole_numbers_are_classes`) and else a regression, as other numbers
                are. A note tells what whole numbers were taken for. Of a
                ``multi-label`` task ``y`` holds 1, 0, and -1 or NaN where it is not
                known, shape (n, labels); a DataFrame's columns name the labels.
            classes: names of the classes; then ``y`` holds these names, or
                whole numbers that index them. Taken from ``y`` when None.
            weight: how much each example counts, shape (n,): numbers from 0.
            tokenization: how texts become tokens; the usual way when None.
            groups: which group each example belongs to, shape (n,): numbers or
                names, such as patients; a group is never divided between parts.
            positive: of two classes the one that IoU, Dice and F1 are of, as it stands
                in ``y`` or by its name; the rarer one of the training rows when None.
            channels: of images, whether the axis of channels is the ``last`` or the
                ``first`` behind n, as in PyTorch; None: told by the shape.
            scaling: how a table's numbers are scaled for the network, ``standard`` when
                None (see `with_scaling`).
            parts: for each example ``train``, ``validation`` or ``test``; splits keep to it.
            ignore: of masks, a label or several of pixels whose class is not known: they
                count in no loss and no metric. Negative labels are ignored in any case.
            masks: of masks, whether each number is a class (``semantic``), or an object
                (``instance``): then objects are 1 and what is around them 0. None: judged by
                what stands there, which is remarked on.
            name: what to call it in messages.

        Raises:
            DataError: for shapes, types, lengths or values that cannot be used, and for
                pandas objects with different indices, which nobody knows how to pair.
        """
        check_indices({"x": x, "y": y, "weight": weight, "groups": groups}, name)
        y = as_pandas_or_array(y, where=name)
        sizes = None
        if are_unlike_pictures(x) and (task == "segmentation" or isinstance(y, list | tuple)):
            x, sizes = filled_up(x, name)
            y = None if y is None else masks_filled_up(y, sizes, name)
            task = "segmentation"
        kind, inputs = check_inputs(x, where=name)
        named = text_columns(inputs) if is_frame(inputs) else []
        if named and len(named) == inputs.shape[1]:
            kind, inputs = "text", joined_column(inputs, named)
        turned: tuple[str, ...] = ()
        if isinstance(inputs, np.ndarray) and inputs.ndim == getattr(x, "ndim", 4) == 4:
            masks = np.shape(y) if task == "segmentation" or are_masks(y) else None
            inputs, turned = channels_last(inputs, channels, masks, name)
        guessed = task or "classification"
        bare = cls(
            name,
            kind,
            guessed,
            inputs,
            None,
            tuple(map(str, classes or ())),
            notes=turned,
            channels=channels,
            sizes=sizes,
        )
        number = None if groups is None else check_groups(groups, len(inputs), name)
        codes = None if parts is None else checked_parts(parts, len(inputs), name)
        bare = replace(_with_texts(bare, x, named, tokenization), groups=number, parts=codes)
        bare = bare.with_scaling(scaling)
        weight = None if weight is None else check_weights(weight, len(inputs), name)
        if y is None:
            return bare
        bare = replace(bare, weight=weight)
        if kind == "text":
            bare = replace(bare, notes=empty_text_notes(inputs, name))
        if task == "multi-label":
            labels, names = encode_labels(y, rows=len(inputs), classes=classes, where=name)
            return noted(replace(bare, y=labels, classes=names))
        if task == "segmentation" or (task is None and are_masks(y)):
            ignored = ignored_labels(ignore, name)
            labels, names, told = encode_masks(
                y, inputs, classes=classes, where=name,
                ignored=[one for one in ignored if isinstance(one, int)], masks=masks,
            )  # fmt: skip
            objects = classes is None and any(note.startswith(OBJECTS_TOLD) for note in told)
            bare = replace(
                bare, task="segmentation", y=labels, classes=names, notes=(*bare.notes, *told),
                coding=MaskCoding(ignored=ignored, instances=objects)
                if ignored or objects else None,
            )  # fmt: skip
            return noted(bare.with_positive(positive))
        called = y.columns[0] if is_frame(y) and len(y.columns) == 1 else getattr(y, "name", None)
        target = None if called is None else str(called)
        found = encode_target(
            y, rows=len(inputs), task=task, classes=classes, where=name, target=target
        )
        bare = replace(
            bare,
            task=found.task, y=found.y, classes=found.classes, label_type=found.label_type,
            guessed=found.guessed, target=target,
            notes=(*bare.notes, *((found.note,) if found.note else ())),
        )  # fmt: skip
        return noted(bare.with_positive(positive))

    def with_task(self, task: Task) -> Dataset:
        """The same data with another task, where the targets allow it.

        Raises:
            DataError: names or fractions, masks, or several targets an example, which are
                not for this task.
        """
        return retargeted(self, task)

    def with_positive(self, positive: Any) -> Dataset:
        """The same data with another class, of two, that IoU, Dice and F1 are of.

        Args:
            positive: as it stands in the targets, or by its name; None: the rarer one of
                the training rows.

        Raises:
            DataError: it is no class, or there are not two of them.
        """
        return replace(self, positive=checked_positive(self, positive))

    def with_scaling(self, scaling: Scaling | None) -> Dataset:
        """The same table with its numbers scaled otherwise for the network.

        Args:
            scaling: ``standard``, by mean and standard deviation; ``robust``, by median and
                quartiles, smoothly clipped to less than 3, so that a few extreme values
                neither set the scale nor stand out; ``quantile``, to a normal distribution
                by the share of smaller training values, whatever the distribution is;
                None: as it is.

        Raises:
            DataError: it is none of these, or the data are no table.
        """
        if scaling is None:
            return self
        wanted = checked_scaling(scaling, self.name)
        if self.kind != "table" and wanted != "standard":
            raise DataError(
                "the numbers of a table are scaled",
                expected="a table",
                received="images" if self.kind == "image" else "texts",
                where=self.name,
            )
        return replace(self, scaling=wanted)

    def with_parts(self, *, validation: Any = None, test: Any = None) -> Dataset:
        """The same data with rows of their own for validation, or for the test.

        They are read as these data were: a table's columns by their names and by what each
        holds here, classes by their names. They come behind these rows, which are all for
        training then but for what a part that is not given draws of them.

        Args:
            validation: a path, a `Dataset`, inputs and targets ``(x, y)``, or a DataFrame
                that holds the target; None: no rows of their own.
            test: the same; a canonical test set of these data then is for training.

        Raises:
            DataError: they cannot be read, or have other columns, shapes, classes or units.
        """
        from shoal.data.splitting.own_parts import join_parts  # it makes data sets

        given = {VALIDATION: validation, TEST: test}
        own = {code: one for code, one in given.items() if one is not None}
        return join_parts(self, own) if own else self

    def __len__(self) -> int:
        return len(self.x)

    def rows(self, numbers: npt.NDArray[np.int64]) -> Dataset:
        """The data set of these rows alone."""
        names = self.example_names
        return replace(
            self,
            x=taken(self.x, numbers) if isinstance(self.x, np.ndarray) else self.x.iloc[numbers],
            y=None if self.y is None else self.y[numbers],
            weight=None if self.weight is None else self.weight[numbers],
            groups=None if self.groups is None else self.groups[numbers],
            sizes=None if self.sizes is None else self.sizes[numbers],
            file_sizes=None if self.file_sizes is None else self.file_sizes[numbers],
            example_names=tuple(names[i] for i in numbers) if names else (),
            fixed_test=None,
            parts=None if self.parts is None else self.parts[numbers],
            cells=None if self.cells is None else self.cells.iloc[numbers],
        )

    @property
    def test_rows(self) -> npt.NDArray[np.int64] | None:
        """Numbers of the rows that the data themselves keep for the test; None: of no rows."""
        if self.fixed_test is not None:
            return np.sort(self.fixed_test).astype(np.int64)
        found = np.flatnonzero(self.parts == TEST) if self.parts is not None else np.empty(0)
        return found.astype(np.int64) if len(found) else None

    @property
    def column_names(self) -> tuple[str, ...] | None:
        """Names of a table's columns, or None where they have none."""
        columns = getattr(self.x, "columns", None)
        return None if columns is None else tuple(str(column) for column in columns)

    def __repr__(self) -> str:
        return f"Dataset({self.describe()})"

    def describe(self) -> str:
        """One line for the terminal: what it is, how much of it, what is predicted."""
        if self.kind == "image":
            height, width, channels = self.x.shape[1:]
            most = "" if self.sizes is None else "up to "
            size = f"{len(self):,} images of {most}{height}×{width}×{channels}"
        elif self.kind == "text":
            size = f"{len(self):,} texts" + (f" of {self.text!r}" if self.text else "")
        else:
            size = f"table of {len(self):,} rows × {self.x.shape[1]} columns" + describe_kinds(
                self.x, self.text
            )
        return f"{self.name}: {size}, {self._describe_target()}"

    def _describe_target(self) -> str:
        of = f" of {self.target!r}" if self.target else ""
        if self.y is None:
            return "no target"
        if self.task != "regression":
            count = len(self.classes)
            if self.task == "multi-label":
                return f"{count} label{'' if count == 1 else 's'}{of}"
            return f"{self.task}{of} into {count} class{'' if count == 1 else 'es'}"
        targets = 1 if self.y.ndim == 1 else self.y.shape[1]
        return f"regression{of}" + (f" with {targets} targets" if targets > 1 else "")


def _with_texts(
    bare: Dataset, x: Any, named: list[str], tokenization: Tokenization | None
) -> Dataset:
    """The data set with its columns of texts, and of texts alone what is asked of tokens."""
    text = ",".join(named) or None
    if bare.kind == "text":
        column = getattr(x, "name", None)
        return replace(
            bare,
            text=text if column is None else str(column),
            tokenization=tokenization or default_tokenization(len(bare)),
        )
    if tokenization is not None:
        raise DataError(
            "only texts become tokens",
            expected="a list of strings",
            received="images" if bare.kind == "image" else "a table",
            where=bare.name,
        )
    return replace(bare, text=text)
