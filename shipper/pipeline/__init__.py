"""The steps joined in order. Only this package knows the order; no step imports another."""
