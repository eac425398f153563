"""Syslog as a UTM sends it -> spool files that are read like any log. Nothing here looks into a message."""
