"""Recoder: proposes, guards, routes to people or to the policy."""
