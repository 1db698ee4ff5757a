"""The language of Reclaim: every event and every state record, as frozen pydantic models."""
