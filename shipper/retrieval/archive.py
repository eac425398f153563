"""One place from which documents are read back, wherever they are."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Literal, Protocol

from shipper.retrieval.conditions import Document
from shipper.retrieval.coverage import Coverage
from shipper.retrieval.scope import EVERYTHING, Key, Scope

Kind = Literal["messages", "events"]


class Archive(Protocol):
    """Documents that can be read back: those in a cluster, or those of logs. The same logs give the same documents.

    A document comes as it is stored, with its `_id` beside its fields. All come in the order of `@timestamp`, then of
    `_id`, each once, in constant memory but for the documents of a single second. `after` is the place of the last
    document that is known already: those up to it are left out.
    """

    @property
    def where(self) -> str:
        """What is read, for messages; without secrets."""
        ...

    def messages(self, scope: Scope = EVERYTHING, after: Key | None = None) -> Iterator[Document]:
        """The message documents that are wanted."""
        ...

    def events(self, scope: Scope = EVERYTHING, after: Key | None = None) -> Iterator[Document]:
        """The documents of single lines that are wanted."""
        ...

    def lines_of(self, messages: Sequence[Document], actions: Collection[str]) -> dict[str, list[Document]]:
        """`_id` of each of these messages (some hundreds) -> its lines that carry one of its queue ids and tell of
        one of these actions, in the order of their log. What a session's messages share has no queue id.
        """
        ...

    def count_messages(self, scope: Scope = EVERYTHING) -> int | None:
        """How many messages are wanted, as what holds them counts; None where it does not."""
        ...

    def coverage(self, scope: Scope = EVERYTHING) -> Coverage:
        """What there is of the period and the hosts of a scope, whatever else is wanted."""
        ...
