"""The statement that an auditor wants: over which TLS each mail to and from a partner went, and whether that meets a
policy."""
