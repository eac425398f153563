"""Bytes -> lines: files, folders, archives and standard input, in time order whatever the order given."""
