"""Monitor: what stands where: the summary of the stream."""
