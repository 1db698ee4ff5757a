"""Pure: values in, values out. No log, no clock, no environment, no files."""
