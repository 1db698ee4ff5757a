"""Desk: what people ask of the system, as events: the same from the command line and from the console."""
