"""Rules as data, the checks they name, proposals, proofs, the compliance guard."""
