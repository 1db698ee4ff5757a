"""X12 segments in and out: tokenizer, readers, editor."""
