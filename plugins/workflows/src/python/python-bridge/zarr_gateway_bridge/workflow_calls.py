"""What workflows call of the server: how far they are, and where their results go."""
import os
from pathlib import Path

from .link import tell

SCRATCH = os.environ["TMPDIR"]
# of the run that goes on: the folder of its results
CURRENT = {"folder": None}


def without_none(values):
    return {name: value for name, value in values.items() if value is not None}


def update_execution_data(self, execution_id, updates):
    if not isinstance(updates, dict):
        values = updates.model_dump() if hasattr(updates, "model_dump") else vars(updates)
        tell({"type": "progress", "news": without_none(values)})
        return
    metadata = updates.get("metadata")
    if isinstance(metadata, dict): tell({"type": "metadata", "update": metadata})
    progress = updates.get("progress")
    if isinstance(progress, dict): tell({"type": "progress", "news": without_none(progress)})


def get_output_path(self, execution_id):
    return Path(CURRENT["folder"])
