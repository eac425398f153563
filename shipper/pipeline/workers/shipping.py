"""An archive shipped by several workers: slices are handed out, compared, sent, and taken into the state in order."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence

import msgspec

from shipper.cluster.interface import Cluster
from shipper.pipeline.logs import Log
from shipper.pipeline.preparing import Preparation
from shipper.pipeline.shipping import COMMIT_AFTER, Shipment
from shipper.pipeline.workers.archive_shipping import ArchiveShipping
from shipper.pipeline.workers.crew import Crew
from shipper.pipeline.workers.process import Orders
from shipper.pipeline.workers.relay import FOLDER, Relay
from shipper.sinks.bulk_settings import BulkSettings
from shipper.state.store import Store


def ship_with_workers(
    crew: Crew,
    files: Sequence[Log],
    preparation: Preparation,
    cluster: Cluster,
    bulk: BulkSettings,
    store: Store,
    *,
    overwrite: bool = False,
    on_notice: Callable[[str], None],
    on_bytes: Callable[[int], None] | None = None,
    on_index: Callable[[str], None] | None = None,
    commit_after: int = COMMIT_AFTER,
) -> Shipment:
    """As `ship_logs`, with workers."""
    for left in crew.folder.glob(f"{FOLDER}*"):
        shutil.rmtree(left, ignore_errors=True)
    shared = msgspec.structs.replace(bulk.divided(crew.workers), in_flight=max(1, bulk.in_flight // crew.workers))
    orders = Orders(crew.settings, crew.connection, shared, crew.folder, overwrite)
    run = ArchiveShipping(
        preparation, cluster, bulk, store,
        overwrite=overwrite, on_notice=on_notice, on_bytes=on_bytes, on_index=on_index,
    )  # fmt: skip
    with run:
        run.ship_with(
            crew, files, commit_after, lambda archive, slices: Relay(run, archive, crew, orders, slices).run()
        )
        return run.finish()
