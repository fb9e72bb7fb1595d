"""The product in every shape it can take, started for real: servers, workers and the gateway."""
