"""Side by side with peers on the same tables: `make bench-reads`, `make bench-writes`, `make bench-pages`."""
