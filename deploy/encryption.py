"""What the gateway's configuration says of certificates: nothing where there are none."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from chassis.topology import GATEWAY, Tls
from config.certificates import read_pair, read_tls
from config.refusals import WrongSetting

# What clients are shown may come from an authority that they know already.
SHOWN, ITS_KEY = "GATEWAY_CERTIFICATE_FILE", "GATEWAY_KEY_FILE"
# Two years, as Mozilla advises. Browsers heed it for names, not for addresses like 127.0.0.1.
HSTS_SECONDS = 63_072_000


def tls_of(environment: Mapping[str, str]) -> Tls | None:
    """The gateway's files. Ends the process, naming the variable, where one of them is wrong."""
    try:
        tls = read_tls(lambda name: environment.get(name, ""), [GATEWAY])
        if tls and environment.get(SHOWN):
            read_pair(SHOWN, environment[SHOWN], ITS_KEY, environment.get(ITS_KEY, ""))
    except WrongSetting as wrong:
        sys.exit(str(wrong))
    return tls


def gaps(tls: Tls | None, environment: Mapping[str, str]) -> dict[str, str]:
    """What stands in the template for HTTPS to clients, and for certificates between the gateway and services.

    All but the scheme begin a line of their own, after the one that they complete.
    """
    if not tls:
        return {"scheme": "http", "certificate": "", "only_https": "", "peers": ""}
    shown = (environment.get(SHOWN) or tls.certificate, environment.get(ITS_KEY) or tls.key)
    return {
        "scheme": "https",
        "certificate": f"\n\ttls {_quoted(*shown)} {{\n\t\tprotocols tls1.3\n\t}}",
        "only_https": f'\n\t\t\tStrict-Transport-Security "max-age={HSTS_SECONDS}"',
        "peers": (
            f"\n\t\ttls_client_auth {_quoted(tls.certificate, tls.key)}"
            f"\n\t\ttls_trust_pool file {_quoted(tls.authority)}"
            "\n\t\ttls_server_name {args[0]}"
        ),
    }


def _quoted(*files: str) -> str:
    return " ".join(json.dumps(str(Path(file).absolute())) for file in files)
