"""Certificates and passwords of a secured cluster, made at its start: nothing of this is kept in the sources.

    python -m deploy.cluster.credentials DIR [--host NAME ...] [--for-containers]

DIR then holds `ca.pem`, `broker.pem` (key and certificate), `provisioner.pem`, `provisioner.key`, `key_secret`,
`passwords/<service>` for every principal of `reclaim topics acls`, and for containers the password of Grafana and what
the broker's own health check signs in with. What is there already stays: a second call makes
only what is missing. A cluster that must outlive a year takes its certificates from a CA of its own instead.
"""

from __future__ import annotations

import argparse
import ipaddress
import os
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from services.deployment.businesses import businesses
from topics.map import load_map

VALID: Final = timedelta(days=365)
# Clocks of two machines are never the same.
BACKDATED: Final = timedelta(minutes=5)
PASSWORD_BYTES: Final = 32


# The provisioner's key and certificate, where Kafka's own tools read them.
HEALTH_CHECK: Final = """\
security.protocol=SSL
ssl.truststore.type=PEM
ssl.truststore.location=/run/secrets/ca.pem
ssl.keystore.type=PEM
ssl.keystore.location=/run/secrets/provisioner.pem
"""


def make_credentials(
    folder: Path, hosts: Sequence[str] = ("127.0.0.1", "localhost"), *, containers: bool = False
) -> None:
    """Fill the folder. `hosts`: names and addresses under which clients reach the brokers. `containers`: their users
    must be able to read the files, each of which is given to few of them; the folder keeps everybody else out."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / "ca.pem").exists():
        _make_certificates(folder, hosts)
    passwords = folder / "passwords"
    passwords.mkdir(mode=0o700, exist_ok=True)
    for business in businesses(load_map()):
        _write_once(passwords / business.service, secrets.token_urlsafe(PASSWORD_BYTES).encode())
    _write_once(folder / "key_secret", secrets.token_hex(PASSWORD_BYTES).encode())
    if containers:
        _write_once(folder / "grafana", secrets.token_urlsafe(PASSWORD_BYTES).encode())
        _write_once(folder / "healthcheck.properties", HEALTH_CHECK.encode())
        passwords.chmod(0o755)
        for file in (*folder.iterdir(), *passwords.iterdir()):
            if file.is_file():
                file.chmod(0o444)


def _make_certificates(folder: Path, hosts: Sequence[str]) -> None:
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _certify("reclaim-ca", authority_key, None, authority_key)
    broker_key = ec.generate_private_key(ec.SECP256R1())
    broker = _certify("broker", broker_key, authority, authority_key, hosts)
    provisioner_key = ec.generate_private_key(ec.SECP256R1())
    provisioner = _certify("provisioner", provisioner_key, authority, authority_key)
    _write(folder / "broker.pem", _key(broker_key) + _pem(broker) + _pem(authority))
    _write(folder / "provisioner.key", _key(provisioner_key))
    # With its key before it, because Kafka's own tools want both in one file.
    _write(folder / "provisioner.pem", _key(provisioner_key) + _pem(provisioner))
    # The authority's key is forgotten here: nobody can sign a further certificate. Last, because it says "done".
    _write(folder / "ca.pem", _pem(authority))


def _certify(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey,
    hosts: Sequence[str] = (),
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + VALID)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
        .add_extension(_usage(authority=issuer is None), critical=True)
    )
    if issuer is not None:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
            critical=False,
        )
    if hosts:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False
        )
    return builder.sign(issuer_key, hashes.SHA256())


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write_once(file: Path, content: bytes) -> None:
    if not file.exists():
        _write(file, content)


def _write(file: Path, content: bytes) -> None:
    partial = file.with_name(f"{file.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        target.write(content)
    partial.rename(file)


def main() -> None:
    parser = argparse.ArgumentParser(description="Certificates and passwords of a secured cluster.")
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--host", action="append", help="of the brokers; several times where there are several"
    )
    parser.add_argument("--for-containers", action="store_true", help="readable for the users of containers")
    arguments = parser.parse_args()
    make_credentials(
        arguments.folder, arguments.host or ("127.0.0.1", "localhost"), containers=arguments.for_containers
    )
    print(
        f"{arguments.folder}: certificates, {len(businesses(load_map()))} passwords and the key secret are there"
    )


if __name__ == "__main__":
    main()
