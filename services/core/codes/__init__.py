"""Dated tables: what a code, an identifier or an authorization was on a date."""
