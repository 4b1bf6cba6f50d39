"""Files of state channels: whole or not at all, inside their folder, one writer at a time."""

import os
import threading
from pathlib import Path

import pytest

from channels.files import remove, write, writing


def test_writes_whole_files_and_leaves_alone_what_is_right(tmp_path: Path) -> None:
    assert write(tmp_path, [("n/202611/a.html", b"one"), ("index.html", b"home")]) == ["n/202611/a.html", "index.html"]
    before = (tmp_path / "public/index.html").stat()
    assert write(tmp_path, [("n/202611/a.html", b"two"), ("index.html", b"home")]) == ["n/202611/a.html"]
    assert (tmp_path / "public/n/202611/a.html").read_bytes() == b"two"
    after = (tmp_path / "public/index.html").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_reader_never_sees_a_part(tmp_path: Path) -> None:
    write(tmp_path, [("a", b"old")])
    with (tmp_path / "public/a").open("rb") as reader:
        write(tmp_path, [("a", b"new and longer")])
        assert reader.read() == b"old"  # another file took the name; this one was not written into


@pytest.mark.parametrize("name", ["../a", "n/../../a", "/etc/a", "", "a\x00b"])
def test_no_name_climbs_out(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a safe file name"):
        write(tmp_path, [(name, b"")])
    with pytest.raises(ValueError, match="not a safe file name"):
        remove(tmp_path, [name])


def test_file_and_folders_are_synced_before_write_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    sync = os.fsync

    def watched(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    write(tmp_path, [("n/202611/a.html", b"one")])
    assert synced[0] == "new"  # its bytes, before it takes its name
    assert {"202611", "n", "public"} <= set(synced[1:])


def test_removing_what_is_not_there_is_well(tmp_path: Path) -> None:
    write(tmp_path, [("a", b"1")])
    remove(tmp_path, ["a", "b"])
    remove(tmp_path, ["a"])
    assert not (tmp_path / "public/a").exists()


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    entered = threading.Event()

    def second() -> None:
        with writing(tmp_path):
            entered.set()

    with writing(tmp_path):
        other = threading.Thread(target=second)
        other.start()
        assert not entered.wait(0.1)
    assert entered.wait(10)
    other.join()


def test_who_works_in_slices_comes_behind_who_waits(tmp_path: Path) -> None:
    waits, had = threading.Event(), threading.Event()

    def second() -> None:
        waits.set()
        with writing(tmp_path):
            had.set()

    other = threading.Thread(target=second)
    slices = 0
    while not had.is_set() and slices < 1_000:
        with writing(tmp_path):
            if slices == 0:
                other.start()
                waits.wait(10)
                had.wait(0.2)  # until it stands at the door
            slices += 1
    other.join()
    assert slices <= 3
