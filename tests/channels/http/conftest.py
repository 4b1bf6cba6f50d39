"""Certificates for TLS on loopback, made anew for a test session."""

import ssl
import warnings
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

NAME = "partner.example.org"


@dataclass(frozen=True)
class Certificates:
    """An authority, and servers' contexts with certificates of it."""

    trust: Path  # the authority, as PEM
    good: ssl.SSLContext
    other_name: ssl.SSLContext
    nobody: ssl.SSLContext  # of an authority nobody trusts
    old: ssl.SSLContext  # speaks TLS 1.1 at most


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """See ``Certificates``; they are for ``NAME``."""
    authority, unknown = trustme.CA(), trustme.CA()
    trust = tmp_path_factory.mktemp("trust") / "authority.pem"
    authority.cert_pem.write_to_path(str(trust))
    made = []
    for issuer, name in ((authority, NAME), (authority, "other.example.org"), (unknown, NAME), (authority, NAME)):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issuer.issue_cert(name).configure_cert(context)
        made.append(context)
    made[-1].set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # old is what it is for
        made[-1].minimum_version = ssl.TLSVersion.TLSv1
        made[-1].maximum_version = ssl.TLSVersion.TLSv1_1
    return Certificates(trust, *made)
