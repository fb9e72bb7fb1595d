"""The services, and nothing else: each is an app with a REST API and a database of its own."""
