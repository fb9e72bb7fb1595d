"""What differs on PostgreSQL, shown on a real one whatever the other tests run on."""
