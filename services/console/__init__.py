"""The console: a web application over the log. Reads a projection of its own, writes wishes as events."""
