"""A certificate authority of one's own: `python -m deploy.authority` writes certificates for every part to var/tls.

Its key is never written: whoever trusts it trusts what it certified within this one moment, and another run makes
another authority. Certificates are as Mozilla's modern profile wants them: ECDSA on P-256, good for 90 days at most.
"""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from chassis.topology import GATEWAY, SERVICES
from config.certificates import AUTHORITY, CERTIFICATE, KEY
from deploy.variables import folder_of, read_variables

GOOD_FOR = timedelta(days=90)
HERE = ("localhost", "127.0.0.1")


class Authority:
    """One that lives as long as this process. `hosts` are the addresses under which its certificates are shown."""

    def __init__(self, folder: Path, hosts: Iterable[str] = HERE) -> None:
        self.folder, self._hosts = folder, tuple(dict.fromkeys(hosts))
        self._key, self._name = ec.generate_private_key(ec.SECP256R1()), _named("Tearline, this machine alone")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self.file.write_bytes(self._certified(self._name, self._key, _of_an_authority()).public_bytes(Encoding.PEM))

    @property
    def file(self) -> Path:
        """Its own certificate, for whoever is to trust it."""
        return self.folder / "ca.pem"

    def certify(self, *names: str) -> dict[str, str]:
        """A certificate that names its owner, and its key; returns the variables that say where both are."""
        key, file = ec.generate_private_key(ec.SECP256R1()), self.folder / f"{'+'.join(names)}.pem"
        certificate = self._certified(_named(names[0]), key, _of_a_part([*names, *self._hosts]))
        file.write_bytes(certificate.public_bytes(Encoding.PEM))
        secret = file.with_suffix(".key")
        secret.touch(mode=0o600)
        secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return {CERTIFICATE: str(file), KEY: str(secret), AUTHORITY: str(self.file)}

    def _certified(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, extensions: Iterable[tuple[x509.ExtensionType, bool]]
    ) -> x509.Certificate:
        begin = datetime.now(UTC) - timedelta(minutes=5)
        builder = x509.CertificateBuilder(self._name, name, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(begin).not_valid_after(begin + GOOD_FOR)
        own_key = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        key_above = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        for extension, is_critical in [*extensions, (own_key, False), (key_above, False)]:
            builder = builder.add_extension(extension, is_critical)
        return builder.sign(self._key, SHA256())


def main() -> None:
    """Each word is a part, as in `users,orders payments gateway`; without words each service is one."""
    read_variables()
    authority = Authority(folder_of("tls"))
    for part in sys.argv[1:] or [*SERVICES, GATEWAY]:
        for name, file in authority.certify(*part.split(",")).items():
            print(f"{part}: {name}={file}")


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _of_an_authority() -> list[tuple[x509.ExtensionType, bool]]:
    return [(x509.BasicConstraints(ca=True, path_length=0), True), (_usage(signs_certificates=True), True)]


def _of_a_part(names: Iterable[str]) -> list[tuple[x509.ExtensionType, bool]]:
    """Good for both ends of a connection."""
    both = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    known_as = x509.SubjectAlternativeName([_general(name) for name in names])
    return [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_usage(signs_certificates=False), True),
        (both, False),
        (known_as, False),
    ]


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


if __name__ == "__main__":
    main()
