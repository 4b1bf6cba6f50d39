"""What waits for a disabled endpoint is a remark on the status page, and what it was disabled for is none."""

from producers.serve.figures import figures
from producers.standings import of_messages
from streams.disable import disable
from tests.journeys.town import BY, Town


def test_what_came_later_waits_without_an_alarm(town: Town) -> None:
    town.house.store.write(lambda tx: disable(tx, "feeds", "换址", by=BY))
    done = town.publish("办结情况", channels=("website", "feed"))
    town.settle()
    assert town.outcomes(done) == {"site": ["accepted"], "feeds": ["parked"]}
    seen = town.house.store.read(figures)
    assert (seen.attention, seen.is_well, [one.endpoint for one in seen.outlets]) == (0, True, ["feeds"])
    standings = town.house.store.read(lambda c: of_messages(c, [done.message or ""]))
    assert {one.endpoint: one.laid_up for one in standings} == {"site": False, "feeds": True}
