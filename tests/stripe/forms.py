"""What the SDK sends: `metadata[order_id]=…` as nested members."""

import re
from urllib.parse import parse_qsl


def decoded(text):
    members = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        first, *rest = re.findall(r"[^\[\]]+", name)
        where = members
        for step in (first, *rest)[:-1]:
            where = where.setdefault(step, {})
        where[(first, *rest)[-1]] = value
    return members
