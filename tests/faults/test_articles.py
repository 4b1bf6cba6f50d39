"""The crash-point sweep of an official account: an illustrated notice is published, corrected and withdrawn.

Whoever does it dies at every point there is, and readers have always seen the same.
"""

import json
import pickle
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from channels.base import Outcome
from notices.document import Draft
from notices.notice import Message
from producers.correct import NotOpen, correct
from producers.publish import Published, publish
from producers.verify_deliveries import verify_deliveries
from producers.withdraw import withdraw
from streams.store.tables import message
from tests import factories
from tests.channels.wechat import pictures
from tests.channels.wechat.account import drafts
from tests.faults.points import DEAD, Point, Watch, told
from tests.faults.rig import Partners, unsettled
from tests.faults.test_article_kills import MANY, SOAK, due
from tests.journeys.test_wechat import approved
from tests.journeys.town import BY, Ground, Outlet, Town, opened, prepared
from tests.sandbox.wechat.platform import APPID, Platform, platform

REVIEW = 8  # seconds, and more than one look at it
SOON = timedelta(seconds=1)  # the clock moves, whatever is overdue
ASKED = "/wechat/cgi-bin/"  # before the name of an interface
INTERFACES = {
    "stable_token",
    "media/uploadimg",
    "material/add_material",
    "draft/add",
    "freepublish/submit",
    "freepublish/get",
    "freepublish/batchget",
    "freepublish/delete",
    "draft/batchget",
}
BODY = f"""![{pictures.ALT[0]}](流程图.png)

窗口在这里：![{pictures.ALT[1]}](<窗口 位置.jpg>)，进门右手。"""


@dataclass(frozen=True)
class Tale:
    """How it goes, and what readers could open meanwhile, by the sequences of the messages, from change to change."""

    leaves: str  # what the withdrawal leaves
    hides: bool  # whether a draft is out of its box while it is reviewed: the documents do not say
    stood: tuple[tuple[int, ...], ...]


TALES = {
    "gone": Tale("gone", False, ((1,), (1, 2), (2,), ())),
    "banner": Tale("banner", True, ((1,), (1, 2), (2,), (), (3,))),
}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """One account for the whole sweep: every telling has a notice of its own."""
    with platform(tmp_path_factory.mktemp("there")) as found:
        for quota in ("submit", "delete", "draft"):
            found.happen("quota", of=quota, amount=MANY)
        yield found


@pytest.fixture(scope="module")
def furnished(account: Platform, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """An office with nothing but the account, and two pictures on its desk."""
    outlets = [Outlet("wechat", "wechat", options={"appid": APPID, "host": account.host})]
    at = Partners(account.home, account.home / "secrets", int(account.host.split(":")[2].partition("/")[0]))
    home = tmp_path_factory.mktemp("office") / "home"
    with prepared(home, account.clock, outlets, partners=at, reachable=False) as ground:
        for name, body in pictures.PICTURES.items():
            (home / name).write_bytes(body)
    return replace(ground, partners=None)


@dataclass(frozen=True)
class Telling:
    """One installation, with the two files that its office publishes one after the other."""

    ground: Ground
    tale: Tale
    first: Draft
    second: Draft

    def tell(self, seen: Watch) -> None:
        """Publish, correct, withdraw, and each time do all that is left to do. May be told again after a death."""
        with opened(self.ground) as town:
            seen.passed.clear()  # what opening the folder does is another sweep's
            done = publish(town.house, self.first, by=BY)
            finish(town)
            with suppress(NotOpen):  # told before the death
                correct(town.house, done.notice, self.second, note="更正了件数。", minor=False, by=BY)
                finish(town)
                withdraw(town.house, done.notice, reason="数据需要核实。", leaves=self.tale.leaves, by=BY)
            finish(town)

    def told(self, die_at: Point | None = None) -> tuple[int, Path]:
        """In a process of its own; its exit code, and where it left its result."""
        result = self.ground.home / "result"
        return told(self.tell, result, die_at), result

    def check(self, account: Platform) -> None:
        """The end that every telling must come to."""
        with opened(self.ground) as town:
            done = publish(town.house, self.first, by=BY)  # the same file is the same notice
            assert unsettled(town.house) == []
            assert due(town.house) is None, "nothing is looked after any more"
            assert town.outcomes(done) == {"wechat": [Outcome.DELIVERED] * 3}
            assert [
                flaw for found in town.house.store.read(lambda c: list(verify_deliveries(c))) for flaw in found
            ] == []
            assert stood(account, done.address) == list(self.tale.stood)
            for sequence in (1, 2):
                said = said_of(town, done, sequence)
                work = factories.work(said, approved(town, done, sequence))
                assert pictures.shown(account, said) == pictures.approved(work), sequence
            assert drafts(account, said) == []


def fresh(furnished: Ground, tale: Tale, account: Platform, to: Path) -> Telling:
    """Another office before its first notice."""
    account.happen("publications_end", ending={"seconds": REVIEW, "hides": tale.hides})
    ground = replace(furnished, home=Path(shutil.copytree(furnished.home, to)))
    more = [f"附件: [{', '.join(pictures.PICTURES)}]"]
    with opened(ground) as town:
        files = [
            town.draft(title, channels=["wechat"], added=BODY, more=more) for title in ("办结情况一", "办结情况二")
        ]
    return Telling(ground, tale, *files)


def finish(town: Town) -> None:
    """Do all that is due, and go from one instant at which something is to the next."""
    town.engine.run_until_idle()
    while (at := due(town.house)) is not None:
        town.clock.set(max(at, town.clock.now() + SOON))
        town.engine.run_until_idle()


def said_of(town: Town, done: Published, sequence: int) -> Message:
    """A message of a notice."""
    of = select(message.c.content).where(message.c.subject == done.notice, message.c.sequence == sequence)
    return Message.model_validate_json(town.house.store.read(lambda c: c.execute(of).scalar_one()))


def stood(account: Platform, address: str) -> list[tuple[int, ...]]:
    """What readers could open of a notice, from each change to the next, by the sequences of its messages.

    From the account's own journal: an article that comes out twice is there twice.
    """
    marks: dict[str, str] = {}  # by media_id, then by publish_id
    standing: dict[str, int] = {}  # by article_id
    found: list[tuple[int, ...]] = []
    for entry in account.journal():
        match entry["did"]:
            case "draft":
                marks[entry["media_id"]] = entry["article"]["content_source_url"]
            case "submit":
                marks[entry["publish_id"]] = marks[entry["media_id"]]
            case "ended" if entry["status"] == 0:
                of, _, sequence = marks[entry["publish_id"]].partition("?wx=")
                if of == address:
                    standing[entry["article_id"]] = int(sequence)
                    found.append(tuple(sorted(standing.values())))
            case "delete" if standing.pop(entry["article_id"], None):
                found.append(tuple(sorted(standing.values())))
    return found


def chosen(points: list[Point], tale: Tale) -> list[Point]:
    """All points in the soak; else one at each interface and one commit, each amid its like, before and after in turns.

    The other tale has those before that this one has after: submitted twice shows where drafts stay in their box.
    """
    if SOAK:
        return points
    commits = [point for point in points if point.label.startswith("commit")]
    groups = [[point for point in points if point.to == to] for to in dict.fromkeys(p.to for p in points if p.to)]
    picked = []
    for number, group in enumerate([*groups, commits]):
        passages = [point for point in group if point.after is ((number % 2 == 0) is not tale.hides)]
        picked.append(passages[len(passages) // 2])
    return picked


@pytest.mark.parametrize("tale", TALES.values(), ids=list(TALES))
@pytest.mark.timeout(7_200)
def test_dying_at_any_point_readers_see_the_same(
    furnished: Ground, account: Platform, tmp_path: Path, tale: Tale
) -> None:
    """Before and after each request and commit: some of them, in the soak all."""
    undisturbed = fresh(furnished, tale, account, tmp_path / "undisturbed")
    code, result = undisturbed.told()
    assert code == 0, result.read_text()
    undisturbed.check(account)
    points = pickle.loads(result.read_bytes())
    assert {point.to.removeprefix(ASKED) for point in points if point.to} >= INTERFACES
    wrong = {}
    for number, point in enumerate(chosen(points, tale)):
        telling = fresh(furnished, tale, account, tmp_path / f"{number}")
        code, result = telling.told(point)
        assert code == DEAD, f"{point}: {result.read_text() if result.exists() else code}"
        code, result = telling.told()
        try:
            assert code == 0, result.read_text()
            telling.check(account)
        except AssertionError as error:
            wrong[str(point)] = str(error)
        shutil.rmtree(telling.ground.home)
    assert wrong == {}, json.dumps(wrong, indent=1, ensure_ascii=False)
