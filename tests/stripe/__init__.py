"""A Stripe of our own: a server process that answers as Stripe documents it, and fails when it is told to.

`python -m tests.stripe.server --port N --file F`. Whoever speaks with it uses the real SDK, pointed at another address.
"""
