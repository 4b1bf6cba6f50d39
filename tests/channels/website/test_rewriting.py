"""The whole site is written once more a slice at a time: what comes meanwhile gets through, and nothing older goes over
it; who dies in between is taken up where he stopped.
"""

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from channels.base import Accepted, Work
from channels.shelf import opened
from channels.website import Channel, whole
from channels.website.site import SiteOptions
from channels.website.whole import files_of, names_of, pieces
from notices.notice import Message
from tests.channels.website.conftest import Outlet, everything, outlet_in
from tests.channels.website.test_crash import Killed, dying
from tests.factories import message, office, withdrawal

pytestmark = pytest.mark.usefixtures("unsynced")

PLACE = "http://gongkai.test"
MANY = 24  # notices
PATIENCE = 30  # seconds in which whoever waits for a lock that is free has it, on any machine


@pytest.fixture
def slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a few files each."""
    monkeypatch.setattr(whole, "SLICE", 8)


def notice(outlet: Outlet, n: int, **changes: object) -> Message:
    return outlet.said(**{"notice": f"202611-{n:08d}", "title": f"第{n}件", **changes})


def lived(place: Path, many: int = MANY) -> tuple[Outlet, list[Work]]:
    """A site of so many notices, all of it written; and what was sent there."""
    outlet = outlet_in(place, PLACE)
    works = [outlet.write(notice(outlet, n)) for n in range(many)]
    finish(outlet, works[-1])
    return outlet, works


def finish(outlet: Outlet, work: Work) -> int:
    """Do what is left of the site, as the lane does; in how many turns."""
    for turn in range(1_000):
        if outlet.channel.next_step(work) != "rewrite" and turn:
            return turn
        answer = outlet.channel.send("rewrite", work)
        assert isinstance(answer, Accepted)
        work = replace(work, scratch=answer.scratch)
    raise AssertionError("the site is never written to its end")


def looks_otherwise(outlet: Outlet) -> None:
    """As after an update of the program."""
    with opened(outlet.channel.tools.place) as shelf:
        shelf.note("look", "another")


def as_the_shelf_says(outlet: Outlet) -> bool:
    """Whether the files are exactly those that the shelf makes."""
    with opened(outlet.channel.tools.place) as shelf:
        return outlet.files() == dict(everything(outlet.pages(shelf, outlet.said())))


def in_time(act: Callable[[], object]) -> None:
    """What another sender does: it must not have to wait for whoever is at it here."""
    other = threading.Thread(target=act)
    other.start()
    other.join(PATIENCE)
    assert not other.is_alive(), "it waits for the one who writes the whole site"


# -- another look -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("slices")
def test_a_new_look_is_given_in_turns_and_others_come_in_between(tmp_path: Path) -> None:
    outlet, _ = lived(tmp_path)
    looks_otherwise(outlet)
    (outlet.public / "n/202611/00000020.html").write_bytes(b"as it looked before")
    first = outlet.work(notice(outlet, 100))
    answer = outlet.channel.send("write", first)
    assert isinstance(answer, Accepted)
    assert answer.ask_again_at == outlet.clock.now(), "what is left is due at once, behind whatever is to be sent"
    assert "第100件" in outlet.page(first.message), "its own page does not wait for the others'"
    assert not as_the_shelf_says(outlet)
    closing = outlet.addressed(message(notice(outlet, 20).version, sequence=2, withdrawal=withdrawal(leaves="gone")))
    outlet.write(closing)
    assert "第20件" not in outlet.page(closing)
    assert finish(outlet, replace(first, scratch=answer.scratch)) >= 3
    assert "第20件" not in outlet.page(closing), "something older was written over it"
    assert as_the_shelf_says(outlet)


@pytest.mark.usefixtures("slices")
def test_a_look_that_changes_once_more_meanwhile_is_given_to_all(tmp_path: Path) -> None:
    outlet, _ = lived(tmp_path)
    looks_otherwise(outlet)
    first = outlet.write(notice(outlet, 100))
    said = notice(outlet, 101)
    moved = outlet.work(outlet.addressed(message(said.version, office=office(phone="0800-8120000"))))
    outlet.channel.send("write", moved)
    finish(outlet, first)
    lists = [body.decode() for name, body in outlet.files().items() if name.endswith("index.html")]
    assert all("0800-8120000" in page for page in lists)


@pytest.mark.usefixtures("slices")
def test_two_that_want_it_otherwise_both_come_to_an_end(tmp_path: Path) -> None:
    """A process that was started before an update still runs while another gives the site its new look."""
    old, works = lived(tmp_path)
    looks_otherwise(old)
    new = replace(old, channel=Channel(SiteOptions(icp="云ICP备00000000号-2"), old.channel.tools))
    for _ in range(100):
        if is_through(new, works[-1]):
            break
        is_through(old, works[-1])
    else:
        raise AssertionError("each begins the site anew for the other")
    finish(old, works[-1])
    assert as_the_shelf_says(old)


def is_through(outlet: Outlet, work: Work) -> bool:
    """Whether one more turn ends it."""
    answer = outlet.channel.send("rewrite", work)
    assert isinstance(answer, Accepted)
    return "asked" in answer.scratch


def test_a_number_of_nine_digits_takes_no_longer_than_another(tmp_path: Path) -> None:
    outlet, _ = lived(tmp_path, 3)
    said = outlet.said(notice="202611-99999999", index_number="11530100MB1A2B3C4D/2026-999999999")
    work = outlet.write(said)
    with opened(outlet.channel.tools.place) as shelf:
        assert len(list(pieces(shelf))) < 60
    looks_otherwise(outlet)
    finish(outlet, work)
    assert as_the_shelf_says(outlet)
    assert "999999999" in outlet.files()["catalogue/2026/index.html"].decode()


def test_a_small_site_has_its_look_at_once(tmp_path: Path) -> None:
    outlet = outlet_in(tmp_path, PLACE)
    outlet.write(outlet.said())
    assert as_the_shelf_says(outlet)


# -- rebuilding ---------------------------------------------------------------------------------------


class Walked:
    """What arrived, as the ledger gives it: walked once more, what arrived since."""

    def __init__(self, works: list[Work], meanwhile: Callable[[], Work | None] = lambda: None) -> None:
        self._left, self._meanwhile = [works], meanwhile

    def __iter__(self) -> Iterator[Work]:
        yield from (self._left.pop() if self._left else [])
        if more := self._meanwhile():
            self._left, self._meanwhile = [[more]], lambda: None


@pytest.mark.usefixtures("slices")
def test_another_gets_through_while_the_ledger_is_read(tmp_path: Path) -> None:
    outlet, works = lived(tmp_path)
    (outlet.public / "planted.html").write_text("nobody's")
    sent: list[Work] = []

    def meanwhile() -> Work:
        in_time(lambda: sent.append(outlet.write(notice(outlet, 3, number=2, title="更正过的"))))
        return sent[0]

    assert outlet.channel.rebuild(Walked(works, meanwhile)) == MANY + 1
    assert "更正过的" in outlet.page(sent[0].message), "the older one took its place"
    assert as_the_shelf_says(outlet)


@pytest.mark.usefixtures("slices")
def test_what_is_under_way_is_taken_along_only_where_readers_have_seen_it(tmp_path: Path) -> None:
    outlet, works = lived(tmp_path, 3)
    seen, unseen = outlet.work(notice(outlet, 50)), outlet.work(notice(outlet, 51))
    outlet.channel.send("write", seen)  # and the ledger does not have it yet
    for one in (seen, unseen):
        outlet.channel.rebuild(Walked(works, [one].pop))
        assert (outlet.public / "n/202611/00000050.html").exists() is (one is seen)
        assert not (outlet.public / "n/202611/00000051.html").exists()
        assert as_the_shelf_says(outlet)


@pytest.mark.usefixtures("slices")
def test_another_gets_through_between_two_slices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outlet, works = lived(tmp_path)
    slice_, turns = Channel._rewrite_some, []

    def sliced(channel: Channel) -> bool:
        done = slice_(channel)
        if threading.current_thread() is threading.main_thread():
            turns.append(done)
            if len(turns) in (1, 3):  # before and after its own page comes to be written
                n = len(turns)
                in_time(lambda: outlet.write(notice(outlet, 10, number=1 + n, title=f"更正{n}")))
        return done

    monkeypatch.setattr(Channel, "_rewrite_some", sliced)
    outlet.channel.rebuild(Walked(works))
    assert len(turns) > 3
    assert "更正3" in outlet.page(notice(outlet, 10))
    assert as_the_shelf_says(outlet)


@pytest.mark.usefixtures("slices")
def test_killed_at_any_time_a_rebuild_is_finished_by_whoever_writes_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outlet, works = lived(tmp_path / "lived", 12)
    for name in ("index.html", "n/202611/00000003.html"):
        (outlet.public / name).write_text("altered")
    (outlet.public / "planted.html").write_text("nobody's")
    shutil.copytree(tmp_path / "lived", tmp_path / "whole")
    with dying(monkeypatch, after=-1) as made:
        twin(outlet, tmp_path / "whole").channel.rebuild(works)
    swap = next(at for at, what in enumerate(made) if what == "rename")  # the new shelf takes its place
    assert len(made) - swap > 10, "nothing is written behind it"
    for at in (0, *range(swap - 1, swap + 3), *range(swap + 3, len(made), 6), len(made) - 1):
        shutil.copytree(tmp_path / "lived", tmp_path / f"{at}")
        broken = twin(outlet, tmp_path / f"{at}")
        with dying(monkeypatch, after=at), pytest.raises(Killed):
            broken.channel.rebuild(works)
        if at <= swap:
            assert "planted.html" in broken.files(), "it began to take away before it knew what belongs there"
            broken.channel.rebuild(works)  # nothing had begun: whoever asked for it asks again
        finish(broken, broken.write(notice(broken, 100)))
        assert as_the_shelf_says(broken), f"killed before change {at}: {made[at]}"


def twin(of: Outlet, place: Path) -> Outlet:
    """The same site in another place."""
    made = outlet_in(place, PLACE)
    made.blobs.update(of.blobs)
    made.at, made.first = of.at, dict(of.first)
    return made


def test_where_it_stopped_is_where_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at the beginning: a worker that dies every few seconds would never come to the end."""
    monkeypatch.setattr(whole, "SLICE", 8)
    outlet, _ = lived(tmp_path)
    looks_otherwise(outlet)
    made = []
    for _ in range(3):
        with monkeypatch.context() as patch:
            patch.setattr("channels.website.write", lambda _, files: made.append([name for name, _ in files]))
            outlet.channel._rewrite_some()
    names = [name for files in made for name in files]
    assert len(set(names)) == len(names) > 20


def test_every_name_is_known_without_making_the_file(tmp_path: Path) -> None:
    outlet, _ = lived(tmp_path)
    with opened(tmp_path) as shelf:
        made = outlet.pages(shelf, outlet.said())
        for piece in pieces(shelf):
            assert [*names_of(made, piece)] == [name for name, _ in files_of(made, piece)]


def test_pieces_stay_the_same_when_the_shelf_grows(tmp_path: Path) -> None:
    outlet, _ = lived(tmp_path)
    with opened(tmp_path) as shelf:
        before = [*pieces(shelf)]
        assert before == sorted(before)
    outlet.write(notice(outlet, 200, kind="t10"))
    with opened(tmp_path) as shelf:
        after = [*pieces(shelf)]
        assert set(before) <= set(after)
        assert after == sorted(after)
        assert all([*pieces(shelf, one)] == after[at + 1 :] for at, one in enumerate(after))
