"""Intake: files to events, lossless and accounted."""
