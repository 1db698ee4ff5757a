"""Payer profiles as data, path, deadlines, building the claim that goes back."""
