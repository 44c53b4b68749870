"""What a folder holds: what most of its files are, whatever else strayed there."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from shoal.data.io.class_folder import class_folders, sorted_pictures, text_files, texts_in_classes
from shoal.data.io.folder_entries import image_files
from shoal.data.io.idx import is_idx_folder
from shoal.data.io.mask_folder import IMAGES, is_mask_folder

FolderKind = Literal["masks", "idx", "classes", "texts", "pictures", "other"]


def folder_kind(folder: Path, *, need_target: bool) -> FolderKind:
    """What a folder is read as.

    Returns:
        ``masks`` for images/ with masks/, ``idx`` for IDX files, ``classes`` for pictures
        and ``texts`` for texts in a folder for each class, ``pictures`` for pictures that
        lie in it without a class (texts that do so are ``texts``), or ``other``. Where
        a target is needed, files without a class do not count.
    """
    places = class_folders(folder)
    # Of several folders with pictures images/ may be a class like the others.
    if is_mask_folder(folder, alone=[place.name for place in places] == [IMAGES]):
        return "masks"
    if is_idx_folder(folder):
        return "idx"
    in_classes = sorted_pictures(folder)
    sorted_texts = texts_in_classes(folder)
    loose_pictures = 0 if need_target else len(image_files(folder))
    loose_texts = 0 if need_target else len(text_files(folder))
    if sorted_texts + loose_texts > in_classes + loose_pictures:
        return "texts"
    if in_classes >= max(loose_pictures, 1):
        return "classes"
    return "pictures" if loose_pictures else "other"
