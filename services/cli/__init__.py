"""Cli: the reclaim command, thin, over the same pieces."""
