"""How a process is put together, and how it refuses to be put together wrongly."""
