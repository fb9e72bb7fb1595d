"""Users: who people are, and the tokens that say so."""
