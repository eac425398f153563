"""The narrow waist between this program and a search cluster: one method, whole answers, no client library's types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

from shipper.errors import ClusterError


class UnavailableError(ClusterError):
    """The cluster cannot do it now: no answer, overloaded, shards or their manager missing. Asking again may help."""


class UnreachableError(UnavailableError):
    """No answer came: refused, unknown name, TLS, timeout, cut off in the middle. Asking again may help."""


class Answer(msgspec.Struct, frozen=True):
    """One whole HTTP answer. `headers` have lower-case names; `url` is the host that answered, without secrets."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    url: str


class Cluster(Protocol):
    """An OpenSearch or Elasticsearch cluster. Safe to call from several threads.

    `product` is `opensearch` or `elasticsearch`; `version` is `x.y.z`, empty when the cluster keeps it to itself;
    `where` names its hosts for messages, without secrets.
    """

    @property
    def product(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def where(self) -> str: ...

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        content_type: str = "application/json",
    ) -> Answer:
        """Sends one request, once, to one host (to the next ones only where no answer came).

        Any HTTP status is an answer, not an error. Raises `UnreachableError` when no host answers.
        """
        ...

    def close(self) -> None:
        """Closes the idle connections."""
        ...
