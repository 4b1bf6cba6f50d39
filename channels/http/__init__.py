"""The guarded client: every request this product makes to the outside goes through it.

``Guarded`` speaks to public https servers and to what the allow-list names, to nothing else, and never for
longer than its deadline (docs/decisions/0040-guarded-client.md).
"""

from channels.http.client import Guarded
from channels.http.target import AllowEntry

__all__ = ["AllowEntry", "Guarded"]
