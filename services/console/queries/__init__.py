"""What pages and the JSON API ask of the read model: typed functions, frozen dataclasses out."""
