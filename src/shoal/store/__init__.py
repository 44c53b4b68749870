"""The two file formats: a study is one SQLite file, a model one safetensors file.

`study_file.py` writes studies, `study_rows.py` has their tables, `study_schema.py` and
`results_schema.py` what they may say. `model_file.py` writes and reads models.
"""

from shoal.store.model_file import (
    ENSEMBLE_VERSION,
    check_description,
    check_tensors,
    read_model_header,
    read_model_tensors,
    write_model,
)
from shoal.store.records import (
    STUDY_VERSION,
    Checkpoint,
    EpochRecord,
    Role,
    State,
    StudyHeader,
    TrialRecord,
    rank_key,
    ranked,
)
from shoal.store.study_file import StudyFile

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
    "rank_key",
    "ranked",
    "read_model_header",
    "read_model_tensors",
    "write_model",
]
