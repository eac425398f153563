"""Documents, read back: from a cluster, or from logs without one. The same logs give the same documents either way.

    with connected(settings) as cluster:
        archive = ClusterArchive(cluster, settings.index.prefix)
        scope = Scope(
            since=datetime(2019, 6, 1, tzinfo=UTC),                      # half-open, either may be absent
            until=datetime(2019, 7, 1, tzinfo=UTC),
            hosts=("utm",),
            where=(                                                      # all of these
                Prefix("email.sender.address", "billing@"),
                AnyOf((Cidr("source.ip", "192.0.2.0/24"), term("tls.version", "1.2"))),
                Within("sophos.utm.deliveries", (Exists("sophos.utm.deliveries.tls.cipher"),)),
            ),
        )
        for message in archive.messages(scope):                          # a dict as in `_source`, with its `_id`
            ...

    with read_logs(find_logs(paths), prepare(settings), on_notice=say) as archive:
        for line in archive.events(scope):
            ...

Documents come by `@timestamp`, then by `_id`, each once; `after=key_of(message)` goes on behind a known one.
`archive.lines_of(messages, {"delivered", "deferred"})` gives the lines of some messages.
"""

from shipper.retrieval.archive import Archive, Kind
from shipper.retrieval.cluster_archive import ClusterArchive, ReadSettings
from shipper.retrieval.conditions import (
    AnyOf,
    Cidr,
    Condition,
    Document,
    Ending,
    Exists,
    Prefix,
    Terms,
    Within,
    Words,
    term,
)
from shipper.retrieval.coverage import Coverage
from shipper.retrieval.file_archive import FileArchive, read_logs
from shipper.retrieval.lines import host_of, place_of, queue_ids_of
from shipper.retrieval.scope import EVERYTHING, Key, Scope, key_of

__all__ = [
    "EVERYTHING",
    "AnyOf",
    "Archive",
    "Cidr",
    "ClusterArchive",
    "Condition",
    "Coverage",
    "Document",
    "Ending",
    "Exists",
    "FileArchive",
    "Key",
    "Kind",
    "Prefix",
    "ReadSettings",
    "Scope",
    "Terms",
    "Within",
    "Words",
    "host_of",
    "key_of",
    "place_of",
    "queue_ids_of",
    "read_logs",
    "term",
]
