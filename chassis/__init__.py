"""What every service rides on: calls, identity, the REST surface, recovery. It knows no app and owns no table."""
