"""Who trades: concurrent buyers with the invoices of a real day, each choosing by the seed what to do with theirs."""

import threading
import time
from dataclasses import dataclass, field, replace
from random import Random

from demo.callers import Account, Caller, bearer, key_of
from demo.connections import Answer, Json
from demo.plans import Invoice
from demo.shops import order_of
from tests.chaos.memories import SURE, Memory
from tests.chaos.patience import PAUSE_SECONDS, RudeConnection, ask, command

MOST_LINES, MOST_UNITS = 3, 4
CONFIRMED_WITHIN_SECONDS = 2.0
MOST_PENDING = 60


@dataclass(frozen=True)
class Taste:
    """How buyers like it: how they pay besides the sure way, if not in any that there is; what they do once they have.

    `after` weighs doing nothing, wanting money back, cancelling, and waiting for the goods.
    """

    methods: tuple[str, ...] = ()
    after: tuple[int, int, int, int] = (40, 30, 10, 20)


@dataclass(frozen=True)
class Market:
    """What can be bought and how it can be paid. Some of what follows a payment needs staff."""

    url: str
    seed: str
    invoices: list[Invoice]
    product_ids: dict[str, str]
    methods: list[str]
    staff: tuple[str, str]
    taste: Taste


@dataclass
class Buyer:
    """One thread's customer, who now and then buys as a guest. `memories` is what the shop has told."""

    market: Market
    number: int
    memories: list[Memory] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(f"{self.market.seed} buyer {self.number}")
        self._connection = RudeConnection(self.market.url, Random(f"{self.market.seed} cuts {self.number}"))
        self._account = Account(self._connection, f"buyer-{self.number}@example.com", f"tearline-buyer-{self.number}")
        self._staff = Account(self._connection, *self.market.staff)
        self._deals = 0

    def arrive(self) -> None:
        """Has an account from now on."""
        body = {"email": self._account.email, "password": self._account.password, "full_name": "Bea Buyer"}
        ask(Caller(self._connection), "POST", "/v1/users", body)

    def deal(self) -> None:
        """Buys one invoice, and does with it whatever the seed says."""
        self._deals += 1
        invoice = self._next_invoice()
        memory = Memory(invoice.note)
        self.memories.append(memory)
        payer = self._place(invoice, memory)
        what = self.random.choices((self._pay, self._cancel, self._leave, self._pay_and_cancel), (80, 6, 6, 8))[0]
        choices = Random(self.random.random())
        if payer:
            what(memory, payer, choices)

    def _next_invoice(self) -> Invoice:
        """A few lines of an invoice of the day, under a number of its own; every third is a guest's."""
        whole = self.market.invoices[(self.number + self._deals * 7) % len(self.market.invoices)]
        lines = self.random.sample(whole.lines, min(len(whole.lines), self.random.randint(1, MOST_LINES)))
        few = tuple(replace(line, quantity=self.random.randint(1, MOST_UNITS)) for line in lines)
        customer = str(self.number) if self.random.random() < 0.67 else ""
        return replace(whole, number=f"{whole.number}/{self.number}/{self._deals}", customer=customer, lines=few)

    def _place(self, invoice: Invoice, memory: Memory) -> Caller | None:
        """Who may pay the order; nobody, where the shop did not take it. Now and then it is asked once more."""
        buyer = self._account if invoice.customer else Caller(self._connection)
        body, key = order_of(invoice, self.market.product_ids), key_of(self.market.seed, invoice.number)
        is_doubled = self.random.random() < 0.2
        answer = ask(buyer, "POST", "/v2/orders", body, key)
        if not answer.is_good:
            return None
        memory.order_id = answer.body["id"]
        if is_doubled:
            again = ask(buyer, "POST", "/v2/orders", body, key)
            if again.body.get("id") != memory.order_id:
                raise AssertionError(f"{key} was {memory.order_id}, and then {again.body}")
        guest = Caller(self._connection, {"X-Order-Token": answer.body.get("guest_token", "")})
        return buyer if invoice.customer else guest

    def _leave(self, memory: Memory, payer: Caller, choices: Random) -> None:
        """Without a word: it expires."""

    def _cancel(self, memory: Memory, payer: Caller, choices: Random) -> None:
        path = f"/v2/orders/{memory.order_id}/cancel"
        if command(payer, path, {"reason": "changed my mind"}).is_good:
            memory.is_cancelled = True

    def _pay(self, memory: Memory, payer: Caller, choices: Random) -> None:
        if not self._confirm(memory, payer, choices):
            return
        self._await_confirmation(memory, payer)
        if memory.is_confirmed:
            after = (self._leave, self._refund, self._cancel, self._ship)
            choices.choices(after, self.market.taste.after)[0](memory, payer, choices)

    def _pay_and_cancel(self, memory: Memory, payer: Caller, choices: Random) -> None:
        """At the same time: whoever comes first, no money stays for nothing."""
        connection = RudeConnection(self.market.url, Random(0))
        other = Caller(connection, dict(payer.headers))
        cancelling = threading.Thread(target=self._cancel, args=(memory, other, choices))
        cancelling.start()
        self._confirm(memory, payer, choices)
        cancelling.join()

    def _confirm(self, memory: Memory, payer: Caller, choices: Random) -> bool:
        """Whether the shop says that it is paid; where a method is declined, another one is tried."""
        payment = self._open(memory, payer)
        if not payment:
            return False
        bought = payer if payer is self._account else Caller(self._connection, bearer(payment["payer_token"]))
        for _ in range(3):
            memory.method = choices.choice((SURE, choices.choice(self.market.methods)))
            if self._try(memory, bought, payment["id"]):
                return True
        return False

    def _open(self, memory: Memory, payer: Caller) -> Json | None:
        """The payment, unless the shop refuses it; while it says that there may be one yet, it is asked anew."""
        for number in range(MOST_PENDING):
            opened = command(payer, f"/v2/orders/{memory.order_id}/pay", {}, number)
            if opened.status != 202:
                return opened.body.get("payment")
            time.sleep(PAUSE_SECONDS)
        return None

    def _try(self, memory: Memory, payer: Caller, payment_id: str) -> bool:
        path = f"/v1/sandbox/payments/{payment_id}"
        body = {"payment_method": memory.method}
        answer = command(payer, f"{path}/confirm", body, memory.method)
        if _status(answer) == "requires_action":
            answer = command(payer, f"{path}/complete", {})
        memory.is_paid = _status(answer) == "succeeded"
        return answer.is_good

    def _await_confirmation(self, memory: Memory, payer: Caller) -> None:
        """Looks for a moment whether the order is confirmed. Being told so counts."""
        end = time.monotonic() + CONFIRMED_WITHIN_SECONDS
        while not memory.is_confirmed and time.monotonic() < end:
            order = ask(payer, "GET", f"/v2/orders/{memory.order_id}")
            memory.is_confirmed = _status(order) == "confirmed"
            time.sleep(0.1)

    def _refund(self, memory: Memory, payer: Caller, choices: Random) -> None:
        """Staff give back a line, or an amount."""
        order = ask(self._staff, "GET", f"/v2/orders/{memory.order_id}").body
        line = choices.choice(order["lines"])
        some = {"lines": [{"line_id": line["id"], "quantity": 1, "restock": True}]}
        amount = {"amount": {"amount": max(1, order["total"]["amount"] // 3), "currency": order["currency"]}}
        body = {**choices.choice((some, amount)), "reason": "requested_by_customer"}
        answer = command(self._staff, f"/v2/orders/{memory.order_id}/refunds", body)
        if answer.is_good:
            memory.refunds.append(answer.body["id"])

    def _ship(self, memory: Memory, payer: Caller, choices: Random) -> None:
        """Staff send all of it or a part, which arrives or is still on its way."""
        order = f"/v2/orders/{memory.order_id}"
        lines = ask(self._staff, "GET", order).body["lines"]
        chosen = lines if choices.random() < 0.5 else lines[:1]
        body: Json = {"lines": [{"line_id": line["id"], "quantity": line["quantity"]} for line in chosen]}
        packed = command(self._staff, f"{order}/fulfillments", body)
        for step in choices.choice(([], ["ship"], ["ship", "deliver"], ["cancel"])):
            if packed.is_good:
                parcel = f"{order}/fulfillments/{packed.body['id']}"
                command(self._staff, f"{parcel}/{step}", {})


def _status(answer: Answer) -> str:
    return str(answer.body.get("status", ""))
