"""All that touches a log, a clock or a signal."""
