"""What no single module can promise: the shape of the whole."""
