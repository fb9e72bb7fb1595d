"""The certificate of a process, its key, and the authority that it trusts: checked before anything uses them."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import (
    Certificate,
    DNSName,
    ExtensionNotFound,
    SubjectAlternativeName,
    load_pem_x509_certificates,
)

from chassis.topology import Tls
from config.refusals import WrongSetting

CERTIFICATE, KEY, AUTHORITY = "TLS_CERTIFICATE_FILE", "TLS_KEY_FILE", "TLS_CA_FILE"
NAMES = (CERTIFICATE, KEY, AUTHORITY)


def read_tls(given: Callable[[str], str], who: Iterable[str]) -> Tls | None:
    """The files that the variables name, None where none of them is set.

    Raises WrongSetting unless the certificate is good now, names everybody in `who`, and goes with the key.
    """
    files = {name: given(name) for name in NAMES}
    if not any(files.values()):
        return None
    _read(AUTHORITY, files[AUTHORITY], load_pem_x509_certificates)
    read_pair(CERTIFICATE, files[CERTIFICATE], KEY, files[KEY], who)
    return Tls(files[CERTIFICATE], files[KEY], files[AUTHORITY])


def read_pair(certificate: str, its_file: str, key: str, key_file: str, who: Iterable[str] = ()) -> None:
    """Raises WrongSetting, naming the variable, unless the two files belong together and serve `who`."""
    own: Certificate = _read(certificate, its_file, load_pem_x509_certificates)[0]
    private = _read(key, key_file, lambda content: load_pem_private_key(content, password=None))
    if private.public_key() != own.public_key():
        raise WrongSetting(f"{key} is not the key of the certificate in {certificate}")
    if own.not_valid_after_utc < datetime.now(UTC):
        raise WrongSetting(f"{certificate} was good until {own.not_valid_after_utc:%Y-%m-%d %H:%M} UTC")
    if missing := set(who) - names_in(own):
        named = ", ".join(sorted(names_in(own))) or "nobody"
        raise WrongSetting(f"{certificate} names {named}; it has to name {', '.join(sorted(missing))}")


def names_in(certificate: Certificate) -> set[str]:
    """The DNS names that it is good for."""
    try:
        names = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
    except ExtensionNotFound:
        return set()
    return set(names.get_values_for_type(DNSName))


def _read(name: str, file: str, parse: Callable[[bytes], Any]) -> Any:
    if not file:
        raise WrongSetting(f"{name} is missing: a certificate, its key and the authority are set together")
    if not Path(file).is_file():
        raise WrongSetting(f"{name} names a file that is not there: {file}")
    try:
        return parse(Path(file).read_bytes())
    except (OSError, ValueError, TypeError) as exc:
        raise WrongSetting(f"{name} names a file that cannot be read: {file} ({exc})") from exc
