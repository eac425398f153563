"""Logs that grow, rotate and get packed -> pieces of whole lines, each byte once, whatever was renamed meanwhile."""
