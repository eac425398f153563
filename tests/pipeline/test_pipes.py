"""What can be read only once is read only once."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Thread

from tests.pipeline.running import run

LOG = Path(__file__).parents[1] / "cases" / "quarantined-spam" / "input.log"


def test_a_named_pipe_gives_what_the_file_gives(tmp_path: Path) -> None:
    pipe = tmp_path / "smtp.log"
    os.mkfifo(pipe)
    writer = Thread(target=pipe.write_bytes, args=(LOG.read_bytes(),))
    writer.start()
    piped = run(pipe)
    writer.join()
    assert piped.messages == run(LOG).messages
    assert piped.balance.events == len(LOG.read_bytes().splitlines())
