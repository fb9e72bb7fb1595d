"""The script, theme by theme. Each needs the beginning and nothing of the others."""

from collections.abc import Callable

from tests.equivalence.casts import Cast
from tests.equivalence.themes.accounts import accounts, sign_ins, tokens
from tests.equivalence.themes.addresses import documents, formats, methods, sessions
from tests.equivalence.themes.buying import guests, ordering, quotes, refused_orders
from tests.equivalence.themes.catalogues import catalogue, pages, stock
from tests.equivalence.themes.crowds import crowds
from tests.equivalence.themes.failures import absences, crashes, deadlines, down
from tests.equivalence.themes.faulty import (
    faulty_announcements,
    faulty_by_chance,
    faulty_cancelling,
    faulty_payments,
    faulty_refunds,
    stale_answers,
)
from tests.equivalence.themes.money import cancelling, paying, payments_by_staff, refunding
from tests.equivalence.themes.outcomes import scripted_outcomes
from tests.equivalence.themes.people import governing, guesses, mailboxes, postal_addresses
from tests.equivalence.themes.privacy import privacy
from tests.equivalence.themes.probing import probes
from tests.equivalence.themes.programs import api_keys, programs, receivers, trails
from tests.equivalence.themes.shipping import claiming, shipping
from tests.equivalence.themes.surface import conditions, heads, media_types, misunderstandings, walks
from tests.equivalence.themes.versions import long_work, versions

Theme = Callable[[Cast], None]

# What every run of the tests asks; `make equivalence` asks all.
DAILY: tuple[Theme, ...] = (
    *(governing, programs, api_keys, ordering, guests, paying, scripted_outcomes, refunding, shipping, privacy, down),
    *(absences, deadlines, probes),
    *(faulty_refunds, faulty_announcements, stale_answers),
    *(formats, sessions, conditions, misunderstandings, versions, long_work),
)
THEMES: tuple[Theme, ...] = (
    *(accounts, sign_ins, mailboxes, guesses, governing, postal_addresses),
    *(programs, api_keys, trails, receivers),
    *(tokens, catalogue, stock, pages, quotes, ordering, refused_orders, guests),
    *(shipping, claiming, privacy),
    *(paying, scripted_outcomes, payments_by_staff, refunding, cancelling, crashes, down, absences, deadlines, crowds),
    *(faulty_payments, faulty_cancelling, faulty_refunds, faulty_announcements, faulty_by_chance, stale_answers),
    *(documents, formats, methods, sessions, probes),
    *(conditions, heads, media_types, misunderstandings, walks, versions, long_work),
)
