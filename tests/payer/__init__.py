"""A simulated payer and clinic: an independent witness of what Reclaim sends and makes of the answers.

Nothing here imports services or schemas: the payer reads and writes X12 by its own few lines, keeps its own books,
and is asked at the end what is true.
"""
