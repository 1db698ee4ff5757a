"""What the numbers of a dashboard count: one claim with one payer, what was said of it first and where it stands."""
