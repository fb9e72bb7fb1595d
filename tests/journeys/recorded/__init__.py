"""A client of version 1 of orders, recorded before there was any other version, and asked again ever since."""
