"""Certificates for mail servers on loopback."""

from tests.channels.http.conftest import certificates

__all__ = ["certificates"]
