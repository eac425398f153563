"""What a TLS leg is worth: names of its suite, its grade, and whether it meets a policy."""
