"""Trades a day of a real shop against a running Tearline server, over HTTP, as its clients would."""
