"""The judges judge: each lets a good file pass and says what is wrong with a bad one."""

import re
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import typst
from playwright.sync_api import Browser, Page
from sqlalchemy import create_engine, text

from tests import parts
from tests.parts import fetched, need, required
from tests.parts.browser import open_page
from tests.parts.judges import axe, jing, nu, verapdf
from tests.parts.kafka import brokers
from tests.parts.postgres import server
from tests.parts.postgres_older import OLDEST, older
from tests.source import ROOT

PAGE = '<!DOCTYPE html><html lang="zh"><head><title>页</title></head><body><main><h1>页</h1></main></body></html>'
FEED = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><id>tag:a.example,2026:f</id><title>订阅</title>'
    "<updated>{}</updated></feed>"
)


def test_verapdf_tells_an_archivable_pdf_from_a_plain_one(tmp_path: Path) -> None:
    source = b'#set document(title: "Title")\n= Heading'
    plain, archivable = tmp_path / "plain.pdf", tmp_path / "archivable.pdf"
    plain.write_bytes(typst.compile(source))
    archivable.write_bytes(typst.compile(source, pdf_standards=["a-2a", "ua-1"]))
    assert verapdf([archivable], "2a") == []
    failures = verapdf([plain, archivable], "ua1")
    assert failures
    assert all("plain.pdf" in failure for failure in failures)


def test_nu_tells_a_good_page_from_a_bad_one(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.html", tmp_path / "bad.html"
    good.write_text(PAGE, "utf-8")
    bad.write_text(PAGE.replace("<h1>", "<h1><div>"), "utf-8")
    assert nu([good]) == []
    assert any("bad.html" in error for error in nu([good, bad]))


def test_jing_knows_the_grammar_of_atom(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_text(FEED.format("2026-11-23T09:00:00+08:00"), "utf-8")
    bad.write_text(FEED.format("yesterday"), "utf-8")
    assert jing(good) == []
    assert any("updated" in error for error in jing(good, bad))


def test_axe_sees_an_image_without_words(browser_page: Page) -> None:
    browser_page.set_content(PAGE)
    assert axe(browser_page) == []
    browser_page.set_content(PAGE.replace("</main>", '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="></main>'))
    assert any(line.startswith("image-alt") for line in axe(browser_page))


def test_an_error_of_a_pages_script_fails_the_test(browser: Browser) -> None:
    with pytest.raises(AssertionError, match="gone is not defined"), open_page(browser) as page:
        page.set_content("<script>gone()</script>")


@pytest.mark.parametrize("_again", [1, 2])
def test_every_test_has_an_empty_database_of_its_own(postgres_url: str, _again: int) -> None:
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT current_setting('fsync')")).scalar_one() == "on"
        connection.execute(text("CREATE TABLE notice (id int)"))  # fails when a second test meets the first one's
    engine.dispose()
    assert psycopg.pq.version() >= 150000


def test_an_older_postgresql_ends_with_whoever_is_connected() -> None:
    with older(OLDEST) as address:
        connected = psycopg.connect(address)
        assert connected.info.server_version // 10_000 == int(OLDEST)
    with closing(connected), pytest.raises(psycopg.OperationalError):
        connected.execute("SELECT 1")


def test_a_missing_part_skips_loudly_or_fails_where_it_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGKAI_TEST_REQUIRE", "java")
    with pytest.raises(pytest.fail.Exception, match="java is missing: get it"):
        need("java", None, "get it")
    with pytest.raises(pytest.skip.Exception, match="browser is missing: get it"):
        need("browser", None, "get it")
    monkeypatch.setenv("GONGKAI_TEST_REQUIRE", "javs")
    with pytest.raises(ValueError, match="javs"):
        required()


def test_where_changes_are_judged_no_part_may_be_missing() -> None:
    (named,) = re.findall(
        r"^export GONGKAI_TEST_REQUIRE=(\S+)$", (ROOT / ".ci" / "run").read_text("utf-8"), re.MULTILINE
    )
    assert set(named.split(",")) == set(parts.PARTS)


def test_what_was_fetched_is_not_fetched_again_until_its_recipe_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the first time no line to the world is needed."""
    monkeypatch.setattr(parts, "CACHE", tmp_path)
    fetches: list[str] = []

    def fetch(folder: Path) -> None:
        fetches.append(folder.name)
        (folder / "part").write_text(str(len(fetches)))

    def fails(_: Path) -> None:
        raise OSError("no line")

    assert (fetched("jars/one", b"1", fetch) / "part").read_text() == "1"
    assert (fetched("jars/one", b"1", fails) / "part").read_text() == "1"
    with pytest.raises(OSError, match="no line"):
        fetched("jars/one", b"2", fails)
    assert (fetched("jars/one", b"1", fails) / "part").read_text() == "1", "a fetch that fails takes nothing away"
    assert (fetched("jars/one", b"2", fetch) / "part").read_text() == "2"
    assert fetches == ["one", "one"]


def test_a_server_that_the_environment_names_is_taken_and_none_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGKAI_TEST_KAFKA", "kafka-1.example:9092,kafka-2.example:9092")
    monkeypatch.setenv("GONGKAI_TEST_POSTGRES", "postgresql://somebody@db.example/postgres")
    monkeypatch.setenv("PATH", "")  # nothing could be started
    with brokers() as address:
        assert address == "kafka-1.example:9092,kafka-2.example:9092"
    with server() as address:
        assert address == "postgresql://somebody@db.example/postgres"
