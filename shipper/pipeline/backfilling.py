"""A run that relaxes the indices it writes to, and what is done for one that could not put them back itself."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from shipper.cluster.backfill import Relaxing, find_relaxed, restore
from shipper.cluster.interface import Cluster
from shipper.errors import AuthenticationError, ClusterError, StateError
from shipper.model import iso_date
from shipper.state.store import Store, open_store

MEMORY = "backfills"


class Backfill(msgspec.Struct, frozen=True):
    """A backfill whose indices were not all put back yet: where they are, since when, which machine and process."""

    where: str
    since: str
    by: str


class Backfilling:
    """One run on a cluster: the state tells of it from before the first index is relaxed until all are put back."""

    def __init__(
        self, cluster: Cluster, prefix: str, store: Store, now: float, on_notice: Callable[[str], None]
    ) -> None:
        self._cluster = cluster
        self._prefix = prefix
        self._on_notice = on_notice
        self.note = Backfill(cluster.where, iso_date(int(now)), f"{socket.gethostname()}, process {os.getpid()}")
        self._relaxing = Relaxing(cluster, prefix, since=self.note.since, by=self.note.by, on_notice=on_notice)
        store.remember(MEMORY, [*_remembered(store), self.note])
        store.commit()

    def relax(self, index: str) -> None:
        """To be called before the first document goes to this index."""
        self._relaxing.relax(index)

    def put_back(self) -> bool:
        """Whether all indices are as before. Trouble is told and ends nothing: a later run puts them back then."""
        try:
            for relaxed in find_relaxed(self._cluster, self._prefix):
                if (relaxed.since, relaxed.by) == (self.note.since, self.note.by):
                    restore(self._cluster, relaxed)
        except ClusterError as error:
            if self._relaxing.is_refused and isinstance(error, AuthenticationError):
                return True
            self._on_notice(f"warning: indices are left relaxed, utm-shipper setup puts them back: {error.what}")
            return False
        return True


@contextmanager
def backfilling(
    cluster: Cluster, prefix: str, folder: Path, now: float, on_notice: Callable[[str], None]
) -> Iterator[Callable[[Store], Backfilling]]:
    """Gives what begins a backfill on an open store; at the end, indices are put back and the state forgets it.

    `now` is in seconds since 1970. The store must be closed by then: what a failed run left in it is not to be kept.
    """
    begun: list[Backfilling] = []

    def begin(store: Store) -> Backfilling:
        begun.append(Backfilling(cluster, prefix, store, now, on_notice))
        return begun[-1]

    try:
        yield begin
    finally:
        for run in begun:
            if run.put_back():
                # Another process may hold the state by now: its next run forgets it then.
                with suppress(StateError), open_store(folder) as store:
                    _forget(store, run.note.__eq__)


def put_back_left(cluster: Cluster, prefix: str, on_notice: Callable[[str], None], store: Store | None = None) -> None:
    """Puts back what an earlier backfill left relaxed, from this machine or another. Trouble is told, not raised."""
    known = _remembered(store) if store else []
    met: set[tuple[str, str]] = set()
    try:
        for relaxed in find_relaxed(cluster, prefix):
            restore(cluster, relaxed)
            met.add((relaxed.since, relaxed.by))
            on_notice(f"{relaxed.index} was left relaxed by a backfill of {relaxed.since} ({relaxed.by}): put back")
    except ClusterError as error:
        if known or not isinstance(error, AuthenticationError):
            on_notice(f"warning: indices that a backfill left relaxed cannot be put back: {error.what}")
        return
    if store and known:
        # The same cluster may have had another name.
        _forget(store, lambda note: note.where == cluster.where or (note.since, note.by) in met)


def _remembered(store: Store) -> list[Backfill]:
    return store.recall(MEMORY, list[Backfill]) or []


def _forget(store: Store, is_over: Callable[[Backfill], bool]) -> None:
    store.remember(MEMORY, [note for note in _remembered(store) if not is_over(note)])
    store.commit()
