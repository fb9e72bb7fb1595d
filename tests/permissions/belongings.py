"""What one customer of a running shop has: one of each thing that a route can name."""

from uuid import uuid4

from tests.journeys.visitors import ADDRESS, ask, order_of, stocked

PASSWORD = "a long enough secret"
# What everybody may see is nobody's own.
PUBLIC = ("/products/",)


class Customer:
    """Somebody who has just opened an account."""

    def __init__(self, shop, email):
        self._shop = shop
        account = {"email": email, "password": PASSWORD, "full_name": email}
        self.id = ask(shop, "POST", "/v1/users", json=account).json()["id"]
        grant = ask(shop, "POST", "/v1/tokens", json={"email": email, "password": PASSWORD}).json()
        self._signed_in = {"Authorization": f"Bearer {grant['access_token']}"}

    def ask(self, method, path, **body):
        headers = {**self._signed_in, "Idempotency-Key": uuid4().hex, "If-Match": "*"}
        return ask(self._shop, method, path, headers=headers, json=body)

    def made(self, path, **body):
        answer = self.ask("POST", path, **body)
        assert answer.status_code in {201, 202}, answer.text
        return answer.json()

    def pay(self, order):
        """The payment of an order, paid and confirmed."""
        payment = self.made(f"/v2/orders/{order}/pay")["payment"]["id"]
        paid = self.ask("POST", f"/v1/sandbox/payments/{payment}/confirm", payment_method="sbx_ok")
        assert paid.status_code == 200, paid.text
        self._shop.settle()
        return payment

    def cancel(self, order):
        """The refund that came of it."""
        self.ask("POST", f"/v2/orders/{order}/cancel")
        self._shop.settle()
        return self.ask("GET", "/v1/refunds").json()["data"][0]["id"]


def belongings(shop, anna):
    """The ids of what is Anna's, by the part of a path that names the kind."""
    product = stocked(shop, "CUP", 100)
    basket = {name: value for name, value in order_of(product).items() if name != "email"}
    order, paid = (anna.made("/v2/orders", **basket)["id"] for _ in range(2))
    payment = anna.pay(paid)
    nothing = "0" * 26
    return {
        "/users/me/addresses/": anna.made("/v1/users/me/addresses", **ADDRESS)["id"],
        "/users/me/api-keys/": anna.made("/v1/users/me/api-keys", name="hers", scopes=["own:read"])["id"],
        "/services/users/operations/": anna.made("/v1/users/me/exports")["id"],
        "/operations/": anna.made("/v2/orders/exports")["id"],
        "/payments/": payment,
        "/refunds/": anna.cancel(paid),
        "/orders/": order,
        # No customer has any of these.
        "/clients/": f"cli_{nothing}",
        "/provider-events/": f"pev_{nothing}",
        "/webhook-endpoints/": f"whe_{nothing}",
        "/webhook-deliveries/": f"whd_{nothing}",
        "/announcements/": f"evt_{nothing}",
        "/users/": anna.id,
    }
