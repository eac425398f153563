"""utm-shipper: joins the lines of Sophos UTM mail logs into messages and indexes both into OpenSearch or Elasticsearch."""

__version__ = "0.1.0"
