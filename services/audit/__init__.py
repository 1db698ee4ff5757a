"""Audit: the hash-chained trail."""
