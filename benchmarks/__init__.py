"""Side by side with peers on the same tables, and ways to call side by side: `make bench-reads` and its like."""
