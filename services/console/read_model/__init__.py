"""The projection: from records on the log to rows in SQLite. Can be deleted at any time."""
