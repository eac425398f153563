"""Logs that real Exim servers wrote, held against what their clients and receivers say happened."""
