"""Saved dashboards: from one declaration of panels to files that OpenSearch Dashboards and Kibana import."""
