"""Everything that talks to a cluster: one narrow interface, two adapters, templates."""

from shipper.cluster.connect import connect
from shipper.cluster.connection import ConnectionSettings, split_urls
from shipper.cluster.interface import Answer, Cluster, UnreachableError

__all__ = ["Answer", "Cluster", "ConnectionSettings", "UnreachableError", "connect", "split_urls"]
