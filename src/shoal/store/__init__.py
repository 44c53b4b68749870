"""The two file formats: a study is one SQLite file, a model one safetensors file."""

from shoal.store.model_file import (
    ENSEMBLE_VERSION,
    check_description,
    check_tensors,
    read_model_header,
    read_model_tensors,
    write_model,
)
from shoal.store.records import Checkpoint, EpochRecord, Role, State, TrialRecord
from shoal.store.study_file import StudyFile
from shoal.store.study_header import STUDY_VERSION, StudyHeader

__all__ = [
    "ENSEMBLE_VERSION",
    "STUDY_VERSION",
    "Checkpoint",
    "EpochRecord",
    "Role",
    "State",
    "StudyFile",
    "StudyHeader",
    "TrialRecord",
    "check_description",
    "check_tensors",
    "read_model_header",
    "read_model_tensors",
    "write_model",
]
