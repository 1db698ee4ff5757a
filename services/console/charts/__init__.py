"""Charts as SVG made on the server: pure functions from values to markup. Every mark is a link to what it counts."""
