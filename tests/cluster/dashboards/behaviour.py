"""What a pretended OpenSearch Dashboards or Kibana is like.

The suite cannot have a real one, so each behaviour is taken from the servers' sources, which the docstrings of this
folder name.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Literal

SavedObject = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Behaviour:
    """`users`: name -> password, empty for a server without security; `tenants`: name -> whether it may be written.

    `spaces`: also workspaces; the user may not see `guarded_spaces`.
    `max_payload` as `savedObjects.maxImportPayloadBytes`; `max_objects` as `savedObjects.maxImportExportSize`.
    `not_ready`: how many requests are answered before it has started.
    `login_page`: what stands before it sends everyone there; `names_itself`: proxies may take its headers away.
    `writes_nothing`: reports success and stores nothing; `spoils` changes what is stored.
    """

    product: Literal["opensearch-dashboards", "kibana"] = "opensearch-dashboards"
    version: str = "2.19.4"
    prefix: str = ""
    users: Mapping[str, str] = dataclasses.field(default_factory=dict)
    api_keys: tuple[str, ...] = ()
    tenants: Mapping[str, bool] | None = None
    spaces: tuple[str, ...] = ()
    guarded_spaces: tuple[str, ...] = ()
    data_sources: Mapping[str, str] = dataclasses.field(default_factory=dict)
    max_payload: int = 26_214_400
    max_objects: int = 10_000
    not_ready: int = 0
    login_page: bool = False
    names_itself: bool = True
    writes_nothing: bool = False
    spoils: Callable[[SavedObject], SavedObject | None] = lambda stored: stored

    @property
    def is_kibana(self) -> bool:
        return self.product == "kibana"


OSD_2 = Behaviour(version="2.19.4")
OSD_3 = Behaviour(version="3.4.0")
KIBANA_8 = Behaviour(product="kibana", version="8.19.4")
