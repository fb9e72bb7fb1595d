"""What looks for weaknesses from outside: in the code, in what it depends on, in what is committed, in its settings."""
