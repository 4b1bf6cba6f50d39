"""Killed between any two changes of the disk and repeated, the site is the same as if nothing had happened."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from channels.files import write
from channels.shelf import Shelf
from notices.notice import Attachment, Message, Relation, RelationType
from tests.channels.website.conftest import Outlet, outlet_in
from tests.factories import message, version, withdrawal

pytestmark = pytest.mark.usefixtures("unsynced")

PLACE = "http://gongkai.test"


class Killed(BaseException):
    """The process dies here: nothing may catch it."""


@contextmanager
def dying(monkeypatch: pytest.MonkeyPatch, after: int) -> Iterator[list[str]]:
    """Dies before the change of the disk that comes after ``after`` others; gives the changes that were made."""
    made: list[str] = []

    def mortal(name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def acting(*args: Any, **kwargs: Any) -> Any:
            if len(made) == after:
                raise Killed(name)
            made.append(name)
            return act(*args, **kwargs)

        return acting

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", mortal("rename", Path.replace))
        patch.setattr(Path, "unlink", mortal("unlink", Path.unlink))
        patch.setattr(os, "fsync", mortal("fsync", os.fsync))
        patch.setattr(Shelf, "put", mortal("put", Shelf.put))
        yield made


def history(outlet: Outlet) -> list[Message]:
    """A notice with an attachment, one that explains it, its correction, and the other's withdrawal."""
    table, fresh = (
        Attachment(name=name, media_type="text/csv", size=3, sha256=outlet.blobs.add(name.encode()))
        for name in ("旧表.csv", "新表.csv")
    )
    policy = version(attachments=(table,))
    explains = Relation(type=RelationType.INTERPRETS, title=policy.title, notice=policy.notice)
    reading = version(notice="202611-reading1", kind="t10", title="解读", relations=(explains,))
    corrected = policy.model_copy(
        update={"number": 2, "attachments": (fresh,), "title": "新标题", "public_note": "更正"}
    )
    said = [
        message(policy),
        message(reading),
        message(corrected, previous=policy),
        message(reading, sequence=2, withdrawal=withdrawal(leaves="gone")),
    ]
    return [outlet.addressed(one) for one in said]


def test_killed_at_every_change_and_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = outlet_in(tmp_path / "whole", PLACE)
    for number, todo in enumerate([whole.work(said) for said in history(whole)]):
        before = tmp_path / f"before-{number}"
        if number:
            shutil.copytree(tmp_path / "whole", before)
        with dying(monkeypatch, after=-1) as made:
            whole.channel.send("write", todo)
        every = 1 if number == 2 else 8  # the correction touches most: there, every change
        for at in range(0, len(made), every):
            broken = outlet_in(tmp_path / f"{number}-{at}", PLACE)
            broken.blobs.update(whole.blobs)
            if number:
                shutil.copytree(before, broken.channel.tools.place)
            with dying(monkeypatch, after=at), pytest.raises(Killed):
                broken.channel.send("write", todo)
            broken.channel.send("write", todo)
            assert broken.files() == whole.files(), f"message {number} killed before change {at}: {made[at]}"


def test_no_link_leads_to_a_page_that_is_not_there_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever it dies, the lists a reader sees name only notices whose pages stand."""
    whole = outlet_in(tmp_path / "whole", PLACE)
    whole.write(whole.said())
    todo = whole.work(whole.said(notice="202611-bbbbbbbb", title="第二件"))
    with dying(monkeypatch, after=-1) as made:
        whole.channel.send("write", todo)
    for at in range(0, len(made), 3):
        broken = outlet_in(tmp_path / str(at), PLACE)
        broken.write(broken.said())
        broken.blobs.update(whole.blobs)
        with dying(monkeypatch, after=at), pytest.raises(Killed):
            broken.channel.send("write", todo)
        named = [name for name, body in broken.files().items() if b"/n/202611/bbbbbbbb.html" in body]
        assert not named or (broken.public / "n/202611/bbbbbbbb.html").exists(), (at, named)


def test_what_is_left_of_a_death_in_mid_write_is_never_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with dying(monkeypatch, after=1), pytest.raises(Killed):  # after the first fsync, before the rename
        write(tmp_path, [("index.html", b"half")])
    assert not [file for file in (tmp_path / "public").rglob("*") if file.is_file()]


def test_the_shelf_is_the_only_thing_needed_to_make_the_files_again(outlet: Outlet) -> None:
    for said in history(outlet)[:3]:
        last = outlet.write(said)
    files = outlet.files()
    for name in files:
        (outlet.public / name).unlink()
    with sqlite3.connect(outlet.channel.tools.place / "shelf.sqlite") as shelf:
        shelf.execute("DELETE FROM note")  # as when the look of the pages changes
    shelf.close()
    outlet.channel.send("write", last)
    assert outlet.files() == files
