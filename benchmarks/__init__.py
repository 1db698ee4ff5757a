"""Measurements: always beside something else in the same run, so that the ratio counts and not the machine."""
