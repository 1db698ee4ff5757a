"""State records of the compacted topics. Any added field raises a record's `version`."""
