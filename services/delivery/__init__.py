"""Delivery: batches 837s into the outbox, matches acknowledgments."""
