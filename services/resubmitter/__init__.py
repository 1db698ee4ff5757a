"""Resubmitter: builds the claim that goes back, once."""
