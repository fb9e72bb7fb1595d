"""Views that put products on a shelf, each with its own idea of what a repeated command is."""

import time
from datetime import UTC, datetime
from decimal import Decimal

from rest_framework.response import Response

from apps.orders.models import Product
from chassis import problems
from chassis.permissions import Anyone
from chassis.problems import Problem
from chassis.views import View


class Shelf(View):
    """Puts a product on the shelf, and then does what the body says."""

    permission_classes = [Anyone]

    def post(self, request, **_):
        return self.put_there(request)

    def put_there(self, request):
        product = Product.objects.create(sku=request.data["sku"], name="Thing")
        self.then(request.data.get("then"))
        body = {
            "id": product.id,
            "at": datetime(2026, 1, 31, 12, tzinfo=UTC),
            "rate": Decimal("0.20"),
            "once": "s3cret",
        }
        return Response(body, status=201, headers={"Location": f"/v1/shelf/{product.id}"})

    def then(self, wanted):
        if wanted == "crash":
            raise RuntimeError
        if wanted:
            raise getattr(problems, wanted, None) or _custom(int(wanted))


def _custom(number):
    return type("Custom", (Problem,), {"status": number, "title": "Custom"})


class Required(Shelf):
    idempotency = "required"

    def post(self, request):
        return self.put_there(request)


class Natural(Shelf):
    idempotency = "natural"

    def post(self, request):
        return Response({"id": Product.objects.create(sku=str(time.time_ns()), name="Thing").id})


class InSteps(Shelf):
    one_transaction = False

    def post(self, request):
        return self.put_there(request)


class Newer(Required):
    """Version 2 does what version 1 does, through it."""

    def post(self, request):
        return super().post(request)
