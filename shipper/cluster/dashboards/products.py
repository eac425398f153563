"""What differs between OpenSearch Dashboards and Kibana, as data."""

from __future__ import annotations

from typing import Literal

import msgspec

from shipper.cluster.products import Version

ProductName = Literal["opensearch-dashboards", "kibana"]


class DashboardsProduct(msgspec.Struct, frozen=True):
    """One product. From `oldest` on it takes our objects; from `untried` on nobody has looked.

    A request that changes something needs the header `xsrf`. `space_path` leads to a space (Kibana) or a workspace.
    """

    name: ProductName
    title: str
    oldest: Version
    untried: Version
    xsrf: str
    space_path: str
    space_title: str


DASHBOARDS_PRODUCTS: dict[ProductName, DashboardsProduct] = {
    "opensearch-dashboards": DashboardsProduct(
        name="opensearch-dashboards",
        title="OpenSearch Dashboards",
        oldest=(2, 0),
        untried=(4,),
        xsrf="osd-xsrf",
        space_path="/w",
        space_title="workspace",
    ),
    "kibana": DashboardsProduct(
        name="kibana",
        title="Kibana",
        oldest=(8, 0),
        untried=(9,),
        xsrf="kbn-xsrf",
        space_path="/s",
        space_title="space",
    ),
}
