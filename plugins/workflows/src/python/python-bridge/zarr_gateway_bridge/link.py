"""What is told to the server: lines of JSON over file descriptor 4."""
import json
import os
import threading
from datetime import date, datetime, timedelta

OUT = os.fdopen(4, "w", encoding="utf-8", newline="\n")
LOCK = threading.Lock()


def plain(value):
    if isinstance(value, (datetime, date)): return value.isoformat()
    if isinstance(value, timedelta): return value.total_seconds()
    if hasattr(value, "model_dump"): return value.model_dump()
    if hasattr(value, "tolist"): return value.tolist()
    return str(value)


def tell(message):
    text = json.dumps(message, default=plain, allow_nan=False)
    with LOCK:
        OUT.write(text + "\n")
        OUT.flush()
