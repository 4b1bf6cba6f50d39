"""The contract that every channel keeps, whatever it speaks to; a new channel's tests appear here by themselves."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from lxml import html as tree
from pydantic import ValidationError

from channels.base import (
    SLOT,
    Accepted,
    Channel,
    Delivered,
    File,
    LimitsBroken,
    Nature,
    Outcome,
    Pretended,
    Refused,
    Rendition,
    Slot,
    TryAgain,
    Unsure,
    load,
    names,
)
from channels.pretend import Pretend
from config.channels import channel_title
from config.clock import DrivenClock
from config.settings import SettingsError
from notices.notice import Message, Scope
from notices.strays import check
from producers.house import house
from producers.rendering import NotFit, known_figures, render_all, routed, try_all
from streams.verdict import Standing, after_answer
from tests import factories
from tests.channels.contract import (
    Behaviour,
    End,
    answers,
    deliver,
    fails,
    files,
    follow,
    fresh,
    heard,
    made,
    messages,
    nobody,
    options,
    said_by,
    there,
    tools,
    work,
    yes,
)
from tests.journeys.town import Outlet, opened, prepared
from tests.source import ROOT

pytestmark = [pytest.mark.parametrize("name", names(), scope="module"), pytest.mark.timeout(600)]

Sending = Callable[..., Channel]  # of a fresh endpoint, by how its outlet behaves
MARK = SLOT.split("{")[0].encode()
WRITTEN = re.compile(rb"@@gongkai:\w+@@")
MARKUP = re.compile(r"</?[A-Za-z!]|&(amp|lt|gt|quot|nbsp|#\d+);|\*\*|\{\{|\{%|<<|#(set|let|show)\b|\\u[0-9a-f{]|@@")


@pytest.fixture(scope="module")
def channel(name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    """The channel of an example endpoint; whatever it asks over HTTP is a defect."""
    with tools(tmp_path_factory.mktemp(name)) as given:
        yield made(name, given)


@pytest.fixture(scope="module")
def renditions(channel: Channel) -> dict[str, Rendition]:
    """Of every sample, and of what follows it; a limit that one breaks fails here."""
    return {label: channel.render(said) for label, said in said_by(channel).items()}


@pytest.fixture
def sending(name: str, channel: Channel, tmp_path: Path) -> Sending:
    """Makes the channel of a fresh endpoint whose outlet behaves as given."""

    def make(http: Behaviour = nobody) -> Channel:
        place = tmp_path / f"{len(list(tmp_path.iterdir()))}"
        place.mkdir()
        return made(name, fresh(channel.tools, place, http))

    return make


# -- what it says of itself ------------------------------------------------------------------------


def test_it_is_named_as_its_file_and_titled_in_both_languages(name: str, channel: Channel) -> None:
    assert channel.name == name
    zh, en = (channel_title(name, english=english) for english in (False, True))
    assert re.search(r"[\u4e00-\u9fff]", zh)
    assert en
    assert en.isascii()
    assert isinstance(channel.nature, Nature)
    assert channel.edition


def test_an_option_it_does_not_know_stops_the_start_and_says_which_it_knows(name: str, tmp_path: Path) -> None:
    wrong = {**options(name), "no_such_option": "1"}
    with pytest.raises(ValidationError):
        load(name).Options.model_validate(wrong)
    clock = DrivenClock()
    with (
        prepared(tmp_path, clock, [Outlet("it", name, options=wrong)], reachable=False),
        pytest.raises(SettingsError) as caught,
        house(tmp_path, clock),
    ):
        pass
    assert "endpoints.it" in str(caught.value)
    assert "no_such_option" in str(caught.value)
    assert all(known in str(caught.value) for known in load(name).Options.model_fields)


def test_it_is_ready_when_it_has_what_it_needs_and_else_says_so(channel: Channel) -> None:
    channel.ready()

    def no_secret(wanted: str) -> str:
        raise SettingsError(f"no secret {wanted!r}")

    without = type(channel)(channel.options, replace(channel.tools, secret=no_secret))
    with suppress(Refused, TryAgain):  # one that has secrets; whatever else it raises is a defect
        without.ready()


# -- rendering -------------------------------------------------------------------------------------


def test_every_sample_and_what_follows_it_fits_with_no_figure_that_nobody_approved(
    channel: Channel, renditions: dict[str, Rendition]
) -> None:
    for label, said in said_by(channel).items():
        assert check(renditions[label].text, said.version, known_figures(said, channel)) == [], label


def test_making_it_again_gives_the_same_bytes_here_and_in_another_process(
    name: str, channel: Channel, renditions: dict[str, Rendition]
) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "America/New_York", "LANG": "C"}
    command = [sys.executable, "-m", "tests.channels.contract", name]
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout) == {label: made.sha256 for label, made in renditions.items()}
    for label in list(renditions)[:3]:
        assert channel.render(messages()[label]).sha256 == renditions[label].sha256


def test_rendering_leaves_nothing_behind(channel: Channel, renditions: dict[str, Rendition]) -> None:
    assert renditions
    assert there(channel.tools.place) == {}
    assert heard(channel.tools) == []


def test_its_text_is_what_a_reader_sees(renditions: dict[str, Rendition]) -> None:
    found = {label: MARKUP.findall(made.text) for label, made in renditions.items()}
    assert {label: marks for label, marks in found.items() if marks} == {}
    assert all(made.text.strip() for made in renditions.values())


def test_what_it_costs_is_counted_in_the_approved_bytes(channel: Channel, renditions: dict[str, Rendition]) -> None:
    """All that is left of them at a timed release: the words and the tally are not kept."""
    for rendition in renditions.values():
        assert channel.price(Rendition(rendition.files, text=""), 3) == channel.price(rendition, 3)


def test_only_known_slots_are_open(renditions: dict[str, Rendition]) -> None:
    known = {slot.mark.encode() for slot in Slot}
    for label, rendition in renditions.items():
        for file in rendition.files:
            found = WRITTEN.findall(file.body)
            assert set(found) <= known, (label, file.name)
            assert len(found) == file.body.count(MARK), (label, file.name)


def test_files_have_safe_names_and_types(renditions: dict[str, Rendition]) -> None:
    for rendition in renditions.values():
        assert rendition.files
        assert len({file.name for file in rendition.files}) == len(rendition.files)
        for file in rendition.files:
            assert file.body
            assert "/" in file.media_type
            assert not Path(file.name).is_absolute()
            assert ".." not in Path(file.name).parts


def test_what_can_be_looked_at_before_it_goes_out_has_something_to_look_at(
    channel: Channel, renditions: dict[str, Rendition]
) -> None:
    first = next(iter(renditions.values()))
    shown = channel.preview(first, files())
    assert shown
    assert all(file.body for file in shown)


# -- hostile texts ---------------------------------------------------------------------------------

LITERAL = {
    "script": "<script>alert(1)</script>",
    "attribute": '" onmouseover="alert(1)',
    "end of data": "]]></title><b>&lt;i&gt;",
    "template": "{{ 7*191 }}{% raw %}",
    "typst template": "<< 7*191 >><% raw %>",
    "typst": '#panic("x") $x$ @a',
    "json": '\\u003c","x":"',
}
INVISIBLE = {"slot": Slot.BANNER.mark, "unknown slot": "@@gongkai:x@@", "bidi": "文\u202e字", "bell": "文\x07字"}
SAID = "甲乙丙"


def saying(words: str) -> list[Message]:
    """A release, a correction and a withdrawal that say ``words`` wherever an author can."""
    said = factories.version(
        title=f"通知{words}",
        summary=f"概述{words}",
        body=f"正文{words}\n\n[链接](javascript:alert(1))\n",
        keywords=("社会保险", words),
        fields={**factories.FIELDS, "declare_how": f"申报{words}"},
    )
    corrected = said.model_copy(update={"number": 2, "public_note": f"更正{words}"})
    gone = factories.withdrawal(reason=f"理由{words}")
    return [
        factories.message(said),
        factories.message(corrected, previous=said),
        factories.message(said, previous=said, sequence=2, withdrawal=gone),
    ]


@pytest.fixture(scope="module")
def harmless(channel: Channel) -> list[Rendition]:
    """The same with words that nothing could obey."""
    return [channel.render(said) for said in saying(SAID)]


@pytest.mark.parametrize("what", [*LITERAL, *INVISIBLE])
def test_hostile_words_are_said_as_they_are_or_refused_and_never_obeyed(
    channel: Channel, harmless: list[Rendition], what: str
) -> None:
    words = {**LITERAL, **INVISIBLE}[what]
    for hostile, expected in zip(saying(words), harmless, strict=True):
        try:
            found = channel.render(hostile)
        except LimitsBroken:
            continue
        assert squeezed("1337") not in squeezed(found.text)
        if what in LITERAL and squeezed(SAID) in squeezed(expected.text):  # an outlet may say less
            assert squeezed(words) in squeezed(found.text)
        assert [file.name for file in found.files] == [file.name for file in expected.files]
        for mine, theirs in zip(found.files, expected.files, strict=True):
            assert sorted(WRITTEN.findall(mine.body)) == sorted(WRITTEN.findall(theirs.body)), "a slot was written"
            assert structure(mine) == structure(theirs), "words became structure"


def squeezed(text: str) -> str:
    """Without the blanks that a layout puts in."""
    return re.sub(r"[\s\u200b\u2060\u00ad]", "", text)


def structure(file: File) -> Any:
    """What a program that reads the file sees besides words."""
    body = WRITTEN.sub(b"0", file.body)
    if "json" in file.media_type:
        return keys(json.loads(body))
    if "html" in file.media_type:
        return elements(tree.document_fromstring(body.decode()))
    if "xml" in file.media_type:
        return elements(etree.fromstring(body))
    return None


def keys(value: Any) -> Any:
    """The shape of a JSON value; HTML in it as its elements."""
    if isinstance(value, dict):
        return {
            key: elements(tree.fromstring(one)) if key == "content_html" else keys(one) for key, one in value.items()
        }
    return [keys(one) for one in value] if isinstance(value, list) else type(value).__name__


def elements(root: "etree._Element") -> list[Any]:
    """Every element with its attributes' names, and where it leads; HTML in its text as elements too."""
    found: list[Any] = []
    for one in root.iter(etree.Element):
        if one.tag == "wbr":  # where a long word may be broken
            continue
        leads = [str(value).partition(":")[0] for name, value in one.attrib.items() if name in ("href", "src")]
        found.append((one.tag, sorted(map(str, one.attrib)), [scheme for scheme in leads if scheme == "javascript"]))
        if etree.QName(one).localname in ("content", "encoded"):
            found.append(elements(tree.fromstring(one.text or "")))
    return found


# -- sending ---------------------------------------------------------------------------------------


def test_over_the_real_public_listener_the_loop_ends_and_no_slot_is_left_open(
    name: str, channel: Channel, tmp_path: Path
) -> None:
    """Where it writes files that the listener serves, it ends when they were read there."""
    outlet = Outlet("it", name, options=options(name))
    with prepared(tmp_path, DrivenClock(), [outlet]) as ground, opened(ground) as town:
        (endpoint,) = routed(town.house, "rsj", [name])
        real = town.house.outlets.tools(endpoint)
        partner = fresh(channel.tools, real.place, yes(name))
        http = partner.http if channel.leaves else real.http
        own = replace(partner, http=http, clock=town.clock, shared=real.shared, public_url=real.public_url)
        one = made(name, own)

        def end(said: Message) -> End:
            address = said.address.replace(factories.PUBLIC_URL, real.public_url)
            return deliver(one, work(one, said.model_copy(update={"address": address}), endpoint="it"))

        first = messages()["t01-contribution-base" if one.public else "reminder"]
        gone = follow(first.version, "banner").model_copy(update={"id": f"{first.subject}.3", "sequence": 3})
        ends = [end(first)]
        if one.public:  # what staff were told is neither corrected nor withdrawn
            ends += [end(follow(first.version, "corrected")), end(gone)]
        assert all(isinstance(one, Accepted | Delivered | Refused) for one in ends), ends
        if one.writes_files and one.nature is Nature.STATE:
            assert all(isinstance(one, Delivered) for one in ends), ends
        if one.nature in (Nature.STATE, Nature.HUMAN):
            assert not isinstance(end(first), Delivered), "what was overtaken never arrived"
        sent = [*there(real.place).values(), *(body for _, _, _, body in heard(partner))]
        assert sent
        assert not any(MARK in body for body in sent)


@pytest.mark.parametrize("how", ["corrected", "banner", "gone", "redirect"])
def test_dying_after_every_step_comes_to_the_same_end(sending: Sending, channel: Channel, how: str) -> None:
    """What an outlet has by key is put there again; what has none is never sent twice, by `streams.deliver`."""
    if channel.nature in (Nature.LOOKED_UP, Nature.IRREVERSIBLE):
        return
    first = messages()["t01-contribution-base"]
    whole, broken = sending(answers(204)), sending(answers(204))
    for said in (first, follow(first.version, how, "202611-sample02")):
        ends = [deliver(one, work(one, said), die=one is broken) for one in (whole, broken)]
        assert type(ends[0]) is type(ends[1])
    assert there(whole.tools.place) == there(broken.tools.place)
    once = [(method, url, body) for method, url, _, body in heard(whole.tools)]
    twice = [(method, url, body) for method, url, _, body in heard(broken.tools)]
    assert list(dict.fromkeys(twice)) == list(dict.fromkeys(once))
    if channel.nature is Nature.KEYED:
        assert twice == [one for one in once for _ in range(2)]
        key = re.sub(r"[\W_]", "", f"k-{first.id}")
        assert any(key in re.sub(r"[\W_]", "", f"{url} {headers}") for _, url, headers, _ in heard(broken.tools))


@pytest.mark.parametrize("how", ["corrected", "banner", "gone"])
def test_what_is_older_changes_nothing_where_the_newer_stands(sending: Sending, channel: Channel, how: str) -> None:
    if channel.nature not in (Nature.STATE, Nature.HUMAN):  # of the others, `streams.lanes` keeps the order
        return
    first = messages()["t01-contribution-base"]
    one = sending(answers(404))
    deliver(one, work(one, follow(first.version, how)))
    before = there(one.tools.place)
    end = deliver(one, work(one, first))
    assert there(one.tools.place) == before
    assert not isinstance(end, Delivered), "what was overtaken never arrived"


OUTLETS: dict[str, Behaviour] = {
    "nothing": answers(204),
    "words": answers(200, b"ok"),
    "an empty object": answers(200, b"{}", content_type="application/json"),
    "a page": answers(200, b"<!DOCTYPE html><title>It works</title>", content_type="text/html"),
    "noise": answers(200, bytes(range(256)) * 64),
    "elsewhere": answers(302, location="http://127.0.0.1/"),
    "bad request": answers(400, b'{"error": "x"}'),
    "who are you": answers(401),
    "forbidden": answers(403),
    "not here": answers(404),
    "gone": answers(410),
    "too large": answers(413),
    "slower": answers(429, retry_after="30"),
    "broken": answers(500),
    "back soon": answers(503, retry_after="Wed, 21 Oct 2026 07:28:00 GMT"),
    "odd": answers(299, b"\xff"),
    "unreachable": fails(TryAgain("connection refused")),
    "silent": fails(Unsure("no answer")),
    "not allowed": fails(Refused("private address", final=True)),
}


@pytest.mark.parametrize("outlet", OUTLETS)
def test_whatever_the_outlet_does_the_loop_ends_within_the_contract_and_honestly(sending: Sending, outlet: str) -> None:
    """An exception outside the contract fails in ``deliver``."""
    one = sending(OUTLETS[outlet])
    end = deliver(one, work(one, messages()["t01-contribution-base"]))
    failed = not outlet_says_yes(OUTLETS[outlet])
    if one.leaves and failed:
        assert not isinstance(end, Delivered | Accepted), end
    if not one.leaves:
        assert not isinstance(end, Delivered), "nothing stands where readers look"


def outlet_says_yes(behave: Behaviour) -> bool:
    """Whether an outlet's answer could mean that it took something."""
    try:
        return 200 <= behave().status < 300
    except (TryAgain, Unsure, Refused):
        return False


# -- rehearsal and scope ---------------------------------------------------------------------------


def test_rehearsed_it_renders_the_same_and_nothing_leaves(sending: Sending, renditions: dict[str, Rendition]) -> None:
    rehearsal = Pretend(sending(nobody))
    label, said = next(iter(said_by(rehearsal).items()))
    todo = work(rehearsal, said)
    assert todo.rendition == renditions[label]
    end = deliver(rehearsal, todo)
    assert isinstance(end, Pretended)
    assert said.version.title in end.note
    verdict = after_answer(end, Standing(Outcome.SENDING, 1, None), rehearsal.tools.clock.now())
    assert verdict.state is Outcome.PRETENDED
    assert there(rehearsal.tools.place) == {}


def test_what_is_not_for_everybody_is_not_for_a_public_channel(name: str, tmp_path: Path) -> None:
    clock = DrivenClock()
    with (
        prepared(tmp_path, clock, [Outlet("it", name, options=options(name), pretend=True)], reachable=False),
        house(tmp_path, clock) as here,
    ):
        endpoints = routed(here, "rsj", [name])
        assert len(endpoints) == 1
        for scope in set(Scope) - {Scope.PUBLIC}:
            said = factories.message(factories.version(scope=scope))
            if not load(name).public:
                made, reasons = try_all(here, factories.reminder(), endpoints)
                assert made
                assert all(reason.unready for reason in reasons), "it may lack a list of persons"
                continue
            with pytest.raises(NotFit) as caught:
                render_all(here, said, endpoints)
            # it may lack a list of persons, too
            found = [reason for reason in caught.value.reasons if not reason.unready]
            assert [(reason.channel, reason.scope) for reason in found] == [(name, scope)]
