"""Which mask belongs to which picture, by the names of folders and of files.

Known are ``images/`` beside ``masks/`` and folders of like names, also below ``train/``,
``val/`` and ``test/`` or with these below; ``train/`` beside ``train_masks/``; and masks beside
their pictures in one folder, such as ``a.jpg`` and ``a_mask.png``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from shoal.data.io.folder_entries import folders_in, image_files
from shoal.data.io.image_files import listed
from shoal.data.io.picture_tree import pictures_below
from shoal.data.splitting.parts import PART_NAMES
from shoal.errors import DataError

PLACES = {
    "image", "images", "img", "imgs", "picture", "pictures", "photo", "photos", "original",
    "originals", "jpegimages",
}  # fmt: skip
"""What a folder of pictures is called that have masks in another folder beside it."""

MASK_PLACES = (
    "masks", "mask", "labels", "label", "annotations", "annotation", "annot", "gt",
    "groundtruth", "groundtruths", "segmentations", "segmentation", "seg", "segs",
    "segmentationclass", "trimaps",
)  # fmt: skip
"""What the other one is called; of several whose files fit as well the first is taken."""

_DEEPEST = 3

_WORD = "masks?|labels?|segmentations?|seg|gt|ground_?truth|annotations?|annot"
_MASK_END = re.compile(rf"(?:(?P<core>.*?)[ _.\-]+)?(?:{_WORD}|L)(?:[ _.\-]?\d+)?", re.IGNORECASE)
_MASK_START = re.compile(rf"(?:{_WORD})[ _.\-]*(?P<core>.+)", re.IGNORECASE)
_IMAGE_END = re.compile(r"(?:(?P<core>.*?)[ _.\-]+)?(?:images?|img|sat|photo|rgb)", re.IGNORECASE)
_IMAGE_START = re.compile(r"(?:images?|img|photo)[ _.\-]*(?P<core>.+)", re.IGNORECASE)


@dataclass(frozen=True)
class MaskFolders:
    """A folder of pictures and the folder of their masks, which may be the same."""

    images: Path
    masks: Path
    part: str | None = None


@dataclass(frozen=True)
class Pair:
    """A picture and its masks, of which there may be one for each object.

    Attributes:
        name: what the picture is called: its path below the folder, without the suffix.
        image: the picture's file.
        masks: none where they are not needed.
        part: train, validation or test, where folders say so.
    """

    name: str
    image: Path
    masks: tuple[Path, ...]
    part: str | None = None


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pictures and masks of a folder.

    Attributes:
        pairs: in the order of their names.
        bare: pictures without a mask, which are in no pair.
        loose: masks without a picture.
        used: folders and files that belong to the data.
    """

    pairs: list[Pair]
    bare: list[Path]
    loose: list[Path]
    used: set[Path]


def mask_folders(folder: Path, *, by_format: bool = True) -> list[MaskFolders]:
    """The folders below that hold pictures with masks; empty: there are none.

    Args:
        folder: the folder.
        by_format: whether a.png is a mask where it lies beside a.jpg, as all of them do.
    """
    return [
        place
        for place in _places(folder, None, _DEEPEST)
        if by_format or place.images != place.masks or _marked(_below(place.masks))
    ]


def _places(folder: Path, part: str | None, depth: int) -> list[MaskFolders]:
    folders = folders_in(folder)
    named = {plain_name(path): path for path in folders}
    masks = [named[name] for name in MASK_PLACES if name in named and _pictures(named[name])]
    images = _answering(named, masks) if masks else None
    if images is not None:
        best = max(masks, key=lambda place: _fitting(images, place))
        return [MaskFolders(images, best, part)]
    beside = _siblings(named)
    if beside:
        return [
            MaskFolders(images, masks, PART_NAMES.get(plain_name(images), part))
            for images, masks in beside
        ]
    found: list[MaskFolders] = []
    for path in folders if depth else []:
        found += _places(path, PART_NAMES.get(plain_name(path), part), depth - 1)
    if not found and _are_side_by_side(folder):
        return [MaskFolders(folder, folder, part)]
    return found


def _answering(named: dict[str, Path], masks: Sequence[Path]) -> Path | None:
    """The folder of pictures beside folders of masks.

    It is called images or alike; or it is the only one with pictures, whatever it is called, if
    most of them have a mask, and its own name does not speak of masks as those of classes do.
    """
    others = {name: path for name, path in named.items() if path not in masks and _pictures(path)}
    for name, path in others.items():
        if name in PLACES and (name == "images" or any(_fitting(path, one) for one in masks)):
            return path
    if len(others) != 1:
        return None
    name, path = next(iter(others.items()))
    if any(word in name for word in ("mask", "label", "seg")):
        return None
    best = max(_fitting(path, place) for place in masks)
    return path if 2 * best > len(_below(path)) else None


def plain_name(path: Path) -> str:
    """What a folder is called, without what names are written with in different ways."""
    return _plain(path.name)


def _plain(name: str) -> str:
    return re.sub(r"[ _.\-]", "", name.lower())


def _siblings(named: dict[str, Path]) -> list[tuple[Path, Path]]:
    """Folders such as train/ beside train_masks/."""
    found = []
    for name, path in named.items():
        for word in MASK_PLACES:
            masks = named.get(name + word)
            if masks is not None and _fitting(path, masks):
                found.append((path, masks))
                break
    return found


def _fitting(images: Path, masks: Path) -> int:
    """How many pictures have a mask there."""
    return len(_matched(_below(images), _below(masks), one_folder=images == masks)[0])


def _are_side_by_side(folder: Path) -> bool:
    """Whether most pictures in a folder have a mask beside them."""
    files = image_files(folder)
    found, bare, _ = _matched(
        {(".", path.stem, path.suffix): path for path in files},
        {(".", path.stem, path.suffix): path for path in files},
        one_folder=True,
    )
    return len(found) > len(bare)


Key = tuple[str, str, str]
"""The folder below the place, the name without its suffix, and the suffix."""


def _below(place: Path) -> dict[Key, Path]:
    """The pictures in a folder and in those below it."""
    found: dict[Key, Path] = {}
    for inside, path in pictures_below(place).pictures:
        assert isinstance(path, Path)
        found["/".join(inside[:-1]) or ".", path.stem, path.suffix] = path
    return found


def _pictures(folder: Path) -> bool:
    return bool(pictures_below(folder).pictures)


def find_pairs(folder: Path, places: Sequence[MaskFolders]) -> Pairs:
    """Every picture of these places with its masks.

    Raises:
        DataError: two pictures that one mask could be of.
    """
    pairs: list[Pair] = []
    bare: list[Path] = []
    loose: list[Path] = []
    used: set[Path] = set()
    for place in places:
        images, masks = _below(place.images), _below(place.masks)
        if place.images == place.masks:
            masks = images
        found, without, extra = _matched(images, masks, one_folder=place.images == place.masks)
        if len(images) > 1:
            _check_masks(found)
        bare += without
        loose += extra
        used |= {*images.values(), *masks.values()}
        base = place.images if len(places) == 1 else folder
        pairs += [
            Pair(_called(image, base), image, tuple(own), place.part or _part_of(image, place))
            for image, own in found
        ]
    _check_names([(pair.name, pair.image) for pair in pairs])
    return Pairs(sorted(pairs, key=lambda pair: pair.image), bare, loose, used)


def _called(image: Path, base: Path) -> str:
    return image.relative_to(base).with_suffix("").as_posix()


def _part_of(image: Path, place: MaskFolders) -> str | None:
    """The part that a folder between names, as in images/train/."""
    first = image.relative_to(place.images).parts[0]
    return PART_NAMES.get(_plain(first)) if first != image.name else None


def _check_names(images: Iterable[tuple[str, Path]]) -> None:
    known: dict[str, Path] = {}
    for name, image in images:
        other = known.setdefault(name, image)
        if other != image:
            raise DataError(
                "each picture has a name of its own",
                received=f"{other.name} and {image.name}",
                where=str(image.parent),
                hint="Remove or rename one of them.",
            )


def _check_masks(found: Iterable[tuple[Path, list[Path]]]) -> None:
    """Refuse several masks of a picture that are not numbered, such as a_mask_1 and a_mask_2."""
    for _, masks in found:
        stems = {mask.stem for mask in masks}
        plain = {re.sub(r"[ _.\-]?\d+$", "", stem) for stem in stems}
        numbered = all(_cores(stem, _MASK_END) for stem in stems) and len(plain) == 1
        if len(masks) > 1 and (len(stems) < len(masks) or not numbered):
            raise DataError(
                "each mask has a name of its own",
                received=f"{masks[0].name} and {masks[1].name}",
                where=str(masks[0].parent),
                hint="Remove or rename one of them.",
            )


def _matched(
    images: dict[Key, Path], masks: dict[Key, Path], *, one_folder: bool
) -> tuple[list[tuple[Path, list[Path]]], list[Path], list[Path]]:
    """Pictures with their masks, pictures without one, and masks without a picture.

    Names are tried from the most certain to the least: equal names in folders that answer each
    other, names that differ by a word such as ``_mask``, and then names alone.
    """
    if one_folder:
        marked = _marked(masks)
        images = {key: path for key, path in images.items() if key not in marked}
        masks = marked or _by_format(images)
        images = {key: path for key, path in images.items() if key not in masks}
    own: dict[Path, list[Path]] = {path: [] for path in images.values()}
    left = dict(masks)
    for names_of_image, names_of_mask, alone in _WAYS:
        if not left:
            break
        known = _index(images, names_of_image, alone=alone)
        # By its name alone a mask is only of a picture that has none in its own folder.
        taken = {image for image, paths in own.items() if paths} if alone else set()
        for key, path in list(left.items()):
            for name in names_of_mask(key[1]):
                image = known.get(("" if alone else key[0], name))
                if image is not None and image not in taken:
                    own[image].append(path)
                    del left[key]
                    break
    if len(own) == 1 and not any(own.values()):  # a folder for each picture, a mask an object
        own = {image: list(masks.values()) for image in own}
        left = {}
    found = [(image, paths) for image, paths in own.items() if paths]
    return found, [image for image, paths in own.items() if not paths], list(left.values())


def _marked(files: dict[Key, Path]) -> dict[Key, Path]:
    """Files that are called masks."""
    return {key: path for key, path in files.items() if _mask_names(key[1])}


def _by_format(images: dict[Key, Path]) -> dict[Key, Path]:
    """Masks that are told from their pictures by the suffix alone: a.jpg and a.png."""
    stems: dict[tuple[str, str], set[str]] = {}
    for parent, stem, suffix in images:
        stems.setdefault((parent, stem), set()).add(suffix.lower())
    photos = {".jpg", ".jpeg"}
    paired = {key for key, ends in stems.items() if len(ends) == 2 and len(ends & photos) == 1}
    if not paired or len(paired) < len(stems):
        return {}
    return {key: path for key, path in images.items() if key[2].lower() not in photos}


def _index(
    images: dict[Key, Path], names: Callable[[str], list[str]], *, alone: bool
) -> dict[tuple[str, str], Path | None]:
    """Pictures by their names; None where several are called so."""
    found: dict[tuple[str, str], Path | None] = {}
    for (parent, stem, _), path in images.items():
        for name in names(stem):
            key = ("" if alone else parent, name)
            found[key] = None if key in found and found[key] != path else path
    return found


def _cores(stem: str, *patterns: re.Pattern[str]) -> list[str]:
    """What is left of a name without such a word."""
    matches = [pattern.fullmatch(stem) for pattern in patterns]
    return [match["core"] or "" for match in matches if match is not None]


def _itself(stem: str) -> list[str]:
    return [stem]


def _mask_names(stem: str) -> list[str]:
    return _cores(stem, _MASK_END, _MASK_START)


def _image_names(stem: str) -> list[str]:
    return _cores(stem, _IMAGE_END, _IMAGE_START)


_WAYS: tuple[tuple[Callable[[str], list[str]], Callable[[str], list[str]], bool], ...] = tuple(
    (of_image, of_mask, alone)
    for alone in (False, True)
    for of_image, of_mask in (
        (_itself, _itself),
        (_itself, _mask_names),
        (_image_names, _mask_names),
        (_image_names, _itself),
    )
)


def check_pairs(pairs: Pairs, folder: Path) -> None:
    """Refuse pictures without masks, and masks without a picture.

    Raises:
        DataError: there are such, or two pictures of one name.
    """
    if pairs.bare:
        _check_names((str(path.with_suffix("")), path) for path in pairs.bare)
        first = pairs.bare[0].stem
        total = len(pairs.bare) + len(pairs.pairs)
        raise DataError(
            "every picture has a mask of its name",
            expected=f"{first}.png or {first}_mask.png",
            received=f"none for {len(pairs.bare)} of {total} pictures: "
            f"{listed([path.stem for path in pairs.bare])}",
            where=str(folder),
            hint="--skip-broken (in Python skip_broken=True) leaves pictures without a mask out."
            if pairs.pairs
            else None,
        )
    if pairs.loose:
        raise DataError(
            "every mask has a picture of its name",
            received=f"{listed([path.name for path in pairs.loose])} without one",
            where=str(pairs.loose[0].parent),
        )
