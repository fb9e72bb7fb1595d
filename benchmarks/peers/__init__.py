"""The same orders API, as a team would write it that follows the documentation of another framework."""
