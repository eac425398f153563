"""utm-shipper: joins the lines of Sophos UTM mail logs into messages and indexes both into a search cluster."""

__version__ = "0.1.0"
