"""Whatever the platform does, whenever a worker dies: one article a version, none lost, each with all its pictures.

The account is witness.
"""

from typing import Any

import pytest

from channels.base import Delivered
from channels.wechat import Channel
from tests.channels.wechat.account import Notice, deliver, drafts, published, standing, work
from tests.channels.wechat.pictures import approved, shown
from tests.sandbox.wechat.platform import Platform

TRIES = 28  # of a correction without any trouble there are fewer
INTERFACES = (
    "stable_token",
    "media/uploadimg",
    "material/add_material",
    "draft/add",
    "draft/batchget",
    "freepublish/submit",
    "freepublish/get",
    "freepublish/batchget",
    "freepublish/delete",
)
WAYS: dict[str, dict[str, Any]] = {
    "reset": {"how": "reset"},
    "dropped": {"how": "drop"},
    "5xx after it was taken": {"how": "after", "status": 502},
    "5xx": {"how": "status", "status": 503, "retry_after": "30"},
    "busy": {"how": "code", "code": "-1"},
    "throttled": {"how": "code", "code": "45011"},
    "token ended": {"how": "code", "code": "42001"},
    "slow": {"how": "slow", "seconds": 3},
}


def _patient(there: Platform, *, hides: int) -> None:
    """Quotas for many cases, and a review that takes a while; ``hides``: the draft leaves its box meanwhile."""
    for quota in ("delete", "submit"):
        there.happen("quota", of=quota, amount=10_000)
    there.happen("publications_end", ending={"seconds": 8, "hides": bool(hides)})


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("hides", [0, 1], ids=["stays in the box", "leaves the box"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_worker_may_die_at_any_try(there: Platform, here: Channel, when: str, hides: int) -> None:
    """The documents do not say when a draft that is being published leaves its box: either way."""
    _patient(there, hides=hides)
    number, most = 0, TRIES
    while number < most:
        number += 1
        notice = Notice(f"{when}{hides}{number:02}", illustrated=True)
        deliver(here, there, work(here, notice.release()))
        said = notice.correct()
        before, after = ({number}, set()) if when == "before" else (set[int](), {number})
        todo = work(here, said)
        end, tries = deliver(here, there, todo, dies_before=before, dies_after=after)
        most = min(most, tries)
        assert isinstance(end, Delivered), number
        assert published(there, said) == {1: 1, 2: 1}, number
        assert standing(there, said) == [2], number
        assert shown(there, said) == approved(todo), number
        assert drafts(there, said) == [], number
        _clear(here, there, notice)
    assert number > 8


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("interface", INTERFACES)
def test_an_interface_may_fail_in_every_way(there: Platform, here: Channel, interface: str) -> None:
    _patient(there, hides=0)
    for number, (way, command) in enumerate(WAYS.items()):
        notice = Notice(f"way{INTERFACES.index(interface)}{number:04}", illustrated=True)
        deliver(here, there, work(here, notice.release()))
        said = notice.correct()
        if interface == "stable_token":
            there.clock.advance(7200)
        there.misbehave(at=interface, times=1, **command)
        todo = work(here, said)
        end, _ = deliver(here, there, todo)
        there.misbehave(how="well")
        assert isinstance(end, Delivered), way
        assert published(there, said) == {1: 1, 2: 1}, way
        assert standing(there, said) == [2], way
        assert shown(there, said) == approved(todo), way
        assert drafts(there, said) == [], way
        _clear(here, there, notice)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("way", WAYS)
def test_each_upload_of_a_picture_may_fail_by_itself(there: Platform, here: Channel, way: str) -> None:
    """Cover, two of the body, code: the one that failed is uploaded again, and no other."""
    _patient(there, hides=0)
    for wanted in range(1, 5):
        notice, steps = Notice(f"upload{list(WAYS).index(way)}{wanted}", illustrated=True), list[str]()
        todo = work(here, notice.release())

        def fails(number: int, step: str, wanted: int = wanted, steps: list[str] = steps) -> None:
            steps.append(step)
            if step.startswith("upload") and number == wanted:
                there.misbehave(at="media/uploadimg", times=1, **WAYS[way])

        end, _ = deliver(here, there, todo, before=fails)
        there.misbehave(how="well")
        assert isinstance(end, Delivered), wanted
        assert published(there, todo.message) == {1: 1}, wanted
        assert shown(there, todo.message) == approved(todo), wanted
        uploads = [step for step in steps if step.startswith("upload")]
        again = {step for step in uploads if uploads.count(step) > 1}
        assert again <= {uploads[wanted - 1]}, "none of the others"
        _clear(here, there, notice)


def _clear(here: Channel, there: Platform, notice: Notice) -> None:
    """Leave an empty list, so that one page shows it all."""
    deliver(here, there, work(here, notice.withdraw("gone")))


@pytest.mark.parametrize("way", ["reset", "5xx after it was taken", "5xx"])
def test_an_answer_to_submitting_is_lost_while_the_draft_is_out_of_its_box(
    there: Platform, here: Channel, way: str
) -> None:
    _patient(there, hides=1)
    said = Notice(f"hidden{list(WAYS).index(way):02}").release()
    there.misbehave(at="freepublish/submit", times=1, **WAYS[way])
    end, _ = deliver(here, there, work(here, said))
    assert isinstance(end, Delivered)
    assert published(there, said) == {1: 1}
