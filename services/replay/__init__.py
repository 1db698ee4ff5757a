"""History against candidate rules."""
