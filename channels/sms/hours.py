"""Quiet hours: when nobody's phone is to ring for what is no emergency."""

from datetime import datetime, time, timedelta

from config.clock import wall


def quiet_until(now: datetime, begins: time, ends: time) -> datetime | None:
    """When the quiet hours that ``now`` falls into end; None outside them. They may go over midnight."""
    here = wall(now)
    inside = begins <= here.time() < ends if begins <= ends else not ends <= here.time() < begins
    if not inside:
        return None
    end = here.replace(hour=ends.hour, minute=ends.minute, second=ends.second, microsecond=0)
    return end if end > here else end + timedelta(days=1)
