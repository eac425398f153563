"""Saved objects into OpenSearch Dashboards or Kibana: import, read back, compare."""
