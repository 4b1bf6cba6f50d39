"""What is known of a notice's articles besides what the account's lists say, in the store that all workers share.

They do not show what was submitted and is not out yet, and a withdrawal leaves nothing in them that could be found.
"""

from datetime import datetime, timedelta

from channels.base import Shared, TryAgain, Work
from config.messages import say

REMEMBERED = timedelta(days=30)  # so long the newest message of a notice is known to all workers
LASTS = timedelta(days=1)  # so long after it was last submitted or asked after an article may still come out
KEPT = timedelta(days=3650)  # so long a push can be taken away again when its notice is corrected or withdrawn


class Known:
    """What the workers of one account know of each notice."""

    def __init__(self, shared: Shared, appid: str) -> None:
        self._shared = shared
        self._appid = appid

    def newest(self, work: Work) -> int:
        """The newest message of the notice that stands in the account, or withdraws it there; 0 for none."""
        return int(self._shared.get(self._key(work, "newest")) or 0)

    def stands(self, work: Work, now: datetime) -> None:
        """This message is published, or withdraws the notice: older ones give way to it. Raises ``TryAgain``."""
        if self.newest(work) >= work.message.sequence:
            return
        key = self._key(work, "newest")
        with self._shared.hold(key) as held:  # the other lane may be noting another one of the notice
            if not held:
                raise TryAgain(say("wechat.held"), retry_after=1)
            if self.newest(work) < work.message.sequence:
                self._shared.put(key, str(work.message.sequence), expires_at=now + REMEMBERED)

    def submitted(self, work: Work, now: datetime) -> None:
        """An article that says this message may come out from now on, whatever becomes of this worker."""
        self._shared.put(self._key(work, work.message.sequence), "submitted", expires_at=now + LASTS)

    def ended(self, work: Work, now: datetime) -> None:
        """It came out, or never will. Of one that was submitted more than once another may follow."""
        if not work.scratch.get("resubmitted"):
            self._shared.put(self._key(work, work.message.sequence), "ended", expires_at=now)

    def may_come(self, work: Work) -> bool:
        """Whether an article of this message or of an older one may still come out."""
        sequences = (*work.supersedes, work.message.sequence)
        return any(self._shared.get(self._key(work, what)) for what in (*sequences, "pushing"))

    def pushing(self, work: Work, now: datetime) -> None:
        """The notice is being pushed from now on, whatever becomes of who does it."""
        self._shared.put(self._key(work, "pushing"), "pushing", expires_at=now + LASTS)

    def not_pushed(self, work: Work, now: datetime) -> None:
        """It surely was not."""
        self._shared.put(self._key(work, "pushing"), "ended", expires_at=now)

    def pushed(self, work: Work, reference: str, now: datetime) -> None:
        """It was, and the platform calls it ``reference``."""
        self._shared.put(self._push(work, work.message.sequence), reference, expires_at=now + KEPT)
        self.not_pushed(work, now)

    def pushes(self, work: Work) -> dict[str, int]:
        """The pushes of the notice whose pages still stand, with the message that each says; none of newer ones."""
        sequences = (*work.supersedes, work.message.sequence)
        found = {self._shared.get(self._push(work, sequence)): sequence for sequence in sequences}
        return {reference: sequence for reference, sequence in found.items() if reference}

    def taken_away(self, work: Work, reference: str, now: datetime) -> None:
        """The page of this push does not stand any more."""
        if sequence := self.pushes(work).get(reference):
            self._shared.put(self._push(work, sequence), "", expires_at=now)

    def _push(self, work: Work, sequence: int) -> str:
        return self._key(work, f"push.{sequence}")

    def _key(self, work: Work, what: object) -> str:
        return f"wechat.{what}.{self._appid}.{work.message.subject}"
