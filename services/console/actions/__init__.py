"""What a person does, as events on the log."""
