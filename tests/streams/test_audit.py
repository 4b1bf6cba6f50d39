"""The audit: whatever is altered, removed, reordered or cut off is found, and located."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from config.clock import DrivenClock
from streams import audit as chain
from streams.audit import Flaw, HeadsFile, entry_hash, record, seal, verify
from streams.store.migrate import open_store
from streams.store.store import Store, Tx
from streams.store.tables import attempt, audit, micros, part
from tests.stores import lay_store

CLOCK = DrivenClock()


@pytest.fixture
def heads(tmp_path: Path) -> Path:
    """The file outside the database."""
    return tmp_path / "heads.jsonl"


on_both = pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a store that nothing was written to; SQLite unless the test runs ``on_both``."""
    if getattr(request, "param", "sqlite") == "postgresql":
        return str(request.getfixturevalue("postgres_store"))
    lay_store(file := tmp_path / "gongkai.sqlite")
    return f"sqlite:///{file}"


@pytest.fixture
def store(url: str, heads: Path) -> Iterator[Store]:
    """A store with two offices' chains of five entries each, kept outside too."""
    made = open_store(url, CLOCK)
    made.keep_heads(HeadsFile(heads).keep)
    for number in range(5):
        for office in ("rsj", "ybj"):
            act(made, office, f"notice-{number}")
    yield made
    made.close()


def act(store: Store, office: str, subject: str) -> None:
    """One act of a person."""
    store.write(
        lambda tx: record(
            tx, office=office, who="林晓", act="notice.released", subject=subject, detail={"理由": "公开"}
        )
    )


def flaws(store: Store, heads: Path | None = None) -> list[Flaw]:
    """What is wrong."""
    return store.read(lambda c: list(verify(c, heads)))


def change(store: Store, *, entry: int, **values: Any) -> None:
    """Alter an entry of ``rsj`` behind the program's back."""
    mine = (audit.c.office == "rsj") & (audit.c.number == entry)
    store.write(lambda tx: tx.connection.execute(update(audit).where(mine).values(**values)))


def remove(store: Store, *numbers: int) -> None:
    """Take entries of ``rsj`` away."""
    mine = (audit.c.office == "rsj") & audit.c.number.in_(numbers)
    store.write(lambda tx: tx.connection.execute(delete(audit).where(mine)))


def forge(store: Store, start: int, **values: Any) -> None:
    """Alter an entry of ``rsj`` and compute every hash from there on anew, as one who knows how."""

    def act(tx: Tx) -> None:
        change_here = (audit.c.office == "rsj") & (audit.c.number == start)
        tx.connection.execute(update(audit).where(change_here).values(**values))
        mine = select(audit).where(audit.c.office == "rsj").order_by(audit.c.number)
        previous = chain.START
        for row in tx.connection.execute(mine).all():
            digest = entry_hash(
                row.office, row.number, micros(row.at), row.who, row.act, row.subject, row.detail, previous
            )
            of_row = (audit.c.office == "rsj") & (audit.c.number == row.number)
            tx.connection.execute(update(audit).where(of_row).values(previous=previous, hash=digest))
            previous = digest

    store.write(act)


# -- the chains ------------------------------------------------------------------------------------


@on_both
def test_sound_chains_have_no_flaw(store: Store, heads: Path) -> None:
    assert flaws(store, heads) == []


@pytest.mark.parametrize(
    "values",
    [
        {"who": "赵某"},
        {"act": "notice.withdrawn"},
        {"subject": "notice-9"},
        {"detail": '{"理由": "不公开"}'},
        {"at": CLOCK.now() + timedelta(microseconds=1)},
        {"previous": "0" * 64},
        {"hash": "f" * 64},
    ],
    ids=lambda values: next(iter(values)),
)
def test_an_altered_entry_is_found_where_it_stands(store: Store, heads: Path, values: dict[str, Any]) -> None:
    change(store, entry=3, **values)
    found = flaws(store, heads)
    assert found[0] in (Flaw("rsj", 3, "was altered"), Flaw("rsj", 3, "does not follow the entry before it"))
    assert {flaw.number for flaw in found} <= {3, 4}, "nothing else is accused but what follows on it"


@pytest.mark.parametrize("number", [1, 3])
def test_a_removed_entry_is_found_where_it_stood(store: Store, number: int) -> None:
    remove(store, number)
    assert flaws(store)[0] == Flaw("rsj", number, f"entry missing: {number + 1} follows {number - 1}")


def test_a_removed_entry_is_found_even_when_the_rest_moves_up(store: Store) -> None:
    remove(store, 3)
    for number in (4, 5):
        change(store, entry=number, number=number - 1)
    assert Flaw("rsj", 3, "does not follow the entry before it") in flaws(store)


def test_reordered_entries_are_found(store: Store) -> None:
    change(store, entry=2, number=99)
    change(store, entry=3, number=2)
    change(store, entry=99, number=3)
    found = flaws(store)
    assert Flaw("rsj", 2, "does not follow the entry before it") in found
    assert Flaw("rsj", 3, "was altered") in found


def test_an_entry_slipped_in_is_found(store: Store) -> None:
    after = {"at": CLOCK.now(), "who": "某", "act": "notice.released", "subject": "x", "detail": "{}"}
    row = {"office": "rsj", "number": 6, "previous": "0" * 64, "hash": "0" * 64, **after}
    store.write(lambda tx: tx.connection.execute(insert(audit).values(row)))
    assert Flaw("rsj", 6, "was altered") in flaws(store)


def test_one_office_says_nothing_of_another(store: Store) -> None:
    change(store, entry=3, who="赵某")
    assert {flaw.office for flaw in flaws(store)} == {"rsj"}


@on_both
def test_many_at_once_make_one_chain(store: Store, heads: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: act(store, "rsj", f"again-{number}"), range(40)))
    numbers = store.read(lambda c: c.execute(select(audit.c.number).where(audit.c.office == "rsj")).scalars().all())
    assert sorted(numbers) == list(range(1, 46))
    assert flaws(store, heads) == []


# -- what is kept outside --------------------------------------------------------------------------


def test_a_tail_that_was_cut_off_is_found_by_what_is_kept_outside(store: Store, heads: Path) -> None:
    remove(store, 4, 5)
    assert flaws(store) == [], "a shorter chain is a chain"
    assert {(flaw.office, flaw.number) for flaw in flaws(store, heads)} == {("rsj", 4), ("rsj", 5)}


@on_both
def test_a_chain_that_was_made_anew_is_found_by_what_is_kept_outside(store: Store, heads: Path) -> None:
    forge(store, 4, who="赵某")
    assert flaws(store) == [], "whoever knows how can make a sound one"
    assert [(flaw.office, flaw.number) for flaw in flaws(store, heads)] == [("rsj", 4), ("rsj", 5)]


def test_a_chain_that_was_removed_altogether_is_found(store: Store, heads: Path) -> None:
    remove(store, *range(1, 6))
    assert {flaw.number for flaw in flaws(store, heads)} == {1, 2, 3, 4, 5}


def test_what_is_kept_outside_may_not_be_missing(store: Store, heads: Path) -> None:
    heads.unlink()
    assert [flaw.what for flaw in flaws(store, heads)] == ["heads.jsonl is missing"]


@pytest.mark.parametrize("torn", [b'{"rsj": [6, "ab', b"\xe4\xba", b"\0\0\0\0", b"[]", b'{"rsj": 6}'])
def test_a_line_that_a_crash_left_torn_is_let_pass_and_the_next_one_stands(
    store: Store, heads: Path, torn: bytes
) -> None:
    heads.write_bytes(heads.read_bytes() + torn)
    assert flaws(store, heads) == []
    act(store, "rsj", "after the crash")
    assert flaws(store, heads) == []
    assert json.loads(heads.read_bytes().splitlines()[-1])["rsj"][0] == 6
    remove(store, 6)
    assert [flaw.number for flaw in flaws(store, heads)] == [6]


def test_it_is_kept_outside_after_the_commit_and_never_before(store: Store, heads: Path) -> None:
    lines = heads.read_bytes()

    def gives_up(tx: Tx) -> None:
        record(tx, office="rsj", who="林晓", act="notice.released", subject="x", detail={})
        assert heads.read_bytes() == lines
        raise KeyError

    with pytest.raises(KeyError):
        store.write(gives_up)
    assert heads.read_bytes() == lines
    act(store, "rsj", "kept")
    assert heads.read_bytes().startswith(lines)
    assert len(heads.read_bytes().splitlines()) == len(lines.splitlines()) + 1


@pytest.mark.logs_errors
def test_what_cannot_be_kept_outside_now_is_kept_with_the_next(store: Store, heads: Path) -> None:
    aside = heads.rename(heads.with_name("aside"))
    heads.mkdir()
    act(store, "rsj", "while the disk was full")
    act(store, "ybj", "while the disk was full")
    heads.rmdir()
    aside.rename(heads)
    act(store, "rsj", "afterwards")
    assert json.loads(heads.read_bytes().splitlines()[-1]).keys() == {"rsj", "ybj"}
    assert flaws(store, heads) == []


# -- the ledger ------------------------------------------------------------------------------------


def attempts(store: Store, *, ended: int, open_: int = 0) -> None:
    """Attempts as deliveries leave them."""
    rows = [
        {
            "delivery": f"d{number}",
            "part": 0,
            "step": "post",
            "number": 1,
            "holder": "start-1",
            "rendition": "ab" * 32,
            "started_at": CLOCK.now(),
            "ended_at": CLOCK.now() if number < ended else None,
            "outcome": "delivered",
            "cause": "",
            "note": "",
        }
        for number in range(ended + open_)
    ]
    store.write(lambda tx: tx.connection.execute(insert(attempt), rows))


@on_both
def test_attempts_that_ended_are_sealed_once(store: Store, heads: Path) -> None:
    attempts(store, ended=3, open_=1)
    assert store.write(seal) == 3
    assert store.write(seal) == 0
    store.write(lambda tx: tx.connection.execute(update(attempt).values(ended_at=CLOCK.now())))
    assert store.write(seal) == 1
    assert flaws(store, heads) == []


@on_both
def test_a_question_whose_worker_died_is_ended_and_sealed_and_a_send_under_way_is_not(
    store: Store, heads: Path
) -> None:
    """The send is for the next holder of its lane, whatever time that takes; what is young may be answered yet."""
    attempts(store, ended=0, open_=3)
    old, sending = CLOCK.now() - timedelta(hours=2), {"delivery": "d1", "number": 0, "state": "sending"}
    blank = dict.fromkeys(("endpoint", "subject", "step", "scratch", "reference", "cause", "trace"), "")
    none = dict.fromkeys(("sequence", "subject_sequence", "tries", "attempts", "recoveries"), 0)

    def plant(tx: Tx) -> None:
        tx.connection.execute(insert(part).values(**blank, **none, **sending, urgent=False))
        tx.connection.execute(update(attempt).where(attempt.c.delivery != "d2").values(started_at=old))

    store.write(plant)
    assert store.write(seal) == 1
    rows = store.read(lambda c: c.execute(select(attempt).order_by(attempt.c.id)).all())
    assert [(row.ended_at is None, row.seal is None) for row in rows] == [(False, False), (True, True), (True, True)]
    assert (rows[0].outcome, rows[0].cause) == ("unknown", "the worker died before the answer was seen")
    assert flaws(store, heads) == []


@pytest.mark.parametrize(
    "values",
    [
        {"outcome": "refused"},
        {"cause": "对方拒收"},
        {"note": "另有说明"},
        {"rendition": "cd" * 32},
        {"ended_at": CLOCK.now() + timedelta(seconds=1)},
        {"started_at": CLOCK.now() - timedelta(seconds=1)},
        {"delivery": "d9"},
        {"step": "upload"},
        {"number": 2},
        {"seal": None},
    ],
    ids=lambda values: next(iter(values)),
)
def test_a_sealed_attempt_that_was_altered_is_found(store: Store, heads: Path, values: dict[str, Any]) -> None:
    attempts(store, ended=3)
    store.write(seal)
    store.write(lambda tx: tx.connection.execute(update(attempt).where(attempt.c.delivery == "d1").values(**values)))
    assert flaws(store, heads) == [Flaw(chain.LEDGER, 1, "the attempts it sealed were altered")]


def test_a_sealed_attempt_that_was_removed_is_found(store: Store, heads: Path) -> None:
    attempts(store, ended=3)
    store.write(seal)
    store.write(lambda tx: tx.connection.execute(delete(attempt).where(attempt.c.delivery == "d1")))
    assert flaws(store, heads) == [Flaw(chain.LEDGER, 1, "the attempts it sealed were altered")]
