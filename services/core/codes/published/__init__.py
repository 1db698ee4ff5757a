"""Files as their publishers give them out, brought into rows of our own headers."""
