"""Deployment: an installation that is opened, what is in force in it, and its services going round in a process."""
