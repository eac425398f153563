"""Looking at the checkpoints of a state without holding it, also while another process does."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from shipper.errors import StateError
from shipper.model import Checkpoint
from shipper.state.checkpoints import Checkpoints


def view_checkpoints(folder: Path) -> list[Checkpoint]:
    """The checkpoints as the last commit left them; none where there is no state. Raises StateError."""
    path = folder / "state.db"
    try:
        if not path.exists():
            return []
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=5)) as connection:
            table = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'checkpoints'").fetchone()
            return Checkpoints(connection).all() if table else []
    except (OSError, sqlite3.Error) as error:
        raise StateError(f"the checkpoints in {path} cannot be read: {error}") from error
