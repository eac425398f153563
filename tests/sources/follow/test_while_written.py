"""Another process writes and rotates as fast as it can while the follower looks and is restarted."""

from __future__ import annotations

import gzip
import random
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.sources.follow.reader import Reader

WRITER = textwrap.dedent(
    """
    import gzip, os, random, shutil, sys
    folder, style, logs = sys.argv[1], sys.argv[2], int(sys.argv[3])
    path = folder + "/smtp.log"
    rng = random.Random(7)
    file = open(path, "ab", buffering=0)
    for log in range(logs):
        for number in range(rng.randrange(1, 400)):
            line = b"log %06d line %06d %s.\\n" % (log, number, b"x" * rng.randrange(200))
            cut = rng.randrange(len(line)) if rng.random() < 0.2 else 0
            for part in (line[:cut], line[cut:]) if cut else (line,):
                file.write(part)
        if log == logs - 1:
            break
        old = f"{path}.{log}"
        if style == "rename":
            os.rename(path, old)
            file = open(path, "ab", buffering=0)
        else:
            shutil.copyfile(path, old)
            os.truncate(path, 0)
        if log % 2:
            with open(old, "rb") as plain, gzip.open(old + ".gz", "wb") as packed:
                shutil.copyfileobj(plain, packed)
            os.unlink(old)
    """
)


@pytest.mark.parametrize("style", ["rename", "copy and truncate"])
def test_each_line_once_and_in_order(tmp_path: Path, style: str) -> None:
    logs, rng = 60, random.Random(1)
    reader = Reader(tmp_path)
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), style, str(logs)])
    looks = 0
    while writer.poll() is None:
        looks += 1
        reader.poll(rng.choice((1, 5_000, 1 << 20)))
        if rng.random() < 0.02:
            reader.restart()
    assert writer.returncode == 0
    assert looks > 20
    while reader.poll() or reader.follower.has_backlog:
        pass
    reader.finish()
    assert len(reader.logs) == logs
    for log, data in enumerate(sorted(reader.logs)):
        lines = data.splitlines()
        assert [line[:22] for line in lines] == [b"log %06d line %06d" % (log, at) for at in range(len(lines))]
        assert all(line.endswith(b".") for line in lines)
    assert sum(len(data) for data in reader.logs) == _written(tmp_path)


def _written(folder: Path) -> int:
    """All bytes in the folder, unpacked."""
    contents = [(path.suffix, path.read_bytes()) for path in folder.iterdir()]
    return sum(len(gzip.decompress(content) if suffix == ".gz" else content) for suffix, content in contents)
