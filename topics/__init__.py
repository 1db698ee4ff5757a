"""The map of topics and their provisioning."""
