"""What a person must mend at an account that another one stands in for: no money, a wrong key.

Everything goes out meanwhile, so that no text says it. It is noted in the store that all workers share, by the account,
until that takes a request again.
"""

import json
from datetime import datetime, timedelta

from channels.base import Ailing, Shared

KEPT = timedelta(days=365)  # longer than anybody leaves an account without money

Account = tuple[str, str, str]  # vendor, the key's id, application


def note(shared: Shared, account: Account, why: str, now: datetime) -> None:
    """Note why an account cannot send, since when it could not; empty: it took a request."""
    found = shared.get(_key(account))
    if why and not found:
        shared.put(_key(account), json.dumps({"since": now.isoformat(), "why": why}), expires_at=now + KEPT)
    elif found and not why:
        shared.put(_key(account), "", expires_at=now)


def noted(shared: Shared, account: Account) -> Ailing | None:
    """Why an account cannot send; None as far as is known it can."""
    found = shared.get(_key(account))
    if not found:
        return None
    said = json.loads(found)
    return Ailing(datetime.fromisoformat(said["since"]), said["why"])


def _key(account: Account) -> str:
    return ".".join(("sms.ails", *account))
