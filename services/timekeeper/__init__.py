"""Timekeeper: time as events."""
