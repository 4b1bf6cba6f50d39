"""Nothing is cut, printed over something else, or smaller than promised: measured on the page that was made."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from channels.poster.keyline import KeyLine
from channels.poster.sheet import sheet
from channels.press.press import press
from notices.notice import Message
from notices.strays import check
from producers.rendering import known_figures
from tests.channels.poster.conftest import poster, rendition
from tests.channels.poster.page import Box, Page, page
from tests.channels.poster.samples import changed, messages

NAMES = sorted(messages())
MARGIN = 48  # points on A3, left and right
LEAST = 15  # points on A3: config/limits.toml, sheet
KEYS = 24  # points on A3: config/limits.toml, line

ADDRESS = "https://www.yunling.example/zwgk/rsj/2026/zhaopin/shequgongzuozhe/index.html"
ITEM = "https://zwfw.yunling.example/portal/item/11530100MB1A2B3C4D442011400100001"
MAIL = "jiuyefuwuzhongxin-gongyixinggangwei@mail.rsj.yunling.gov.example"
POSITIONS = [dict(row) for row in messages()["t03-recruitment"].version.fields["positions"]]
PERSON = {"岗位代码": "G01", "岗位名称": "社区保洁管理"}
PEOPLE = [
    {"序号": str(n), "姓名": "阿依某某", **PERSON, "准考证号后四位": f"0{n + 100}", "总成绩": f"8{n % 10}.35"}
    for n in range(1, 41)
]

TIGHT: dict[str, Callable[[], Message]] = {
    "an address in a table": lambda: changed(
        "t03-recruitment", fields={"positions": [{**POSITIONS[0], "其他条件": ADDRESS}, *POSITIONS[1:]]}
    ),
    "an address beside its label": lambda: changed("t11-guide-enrolment", fields={"online": ITEM}),
    "a long e-mail address": lambda: changed("t06b-consultation-posts", fields={"email": MAIL}),
    "five steps, one long": lambda: changed(
        "t11-guide-enrolment",
        fields={
            "steps": ["准备身份证和户口簿等全部申请材料", "到窗口或者上网", "填写登记表", "选缴费档次", "当场办结"]
        },
    ),
    "three long steps": lambda: changed(
        "t11-guide-enrolment",
        fields={"steps": ["准备身份证户口簿和社会保障卡原件及复印件", "到社保大厅窗口或者登录政务服务网", "当场办结"]},
    ),
    "an address as a step": lambda: changed(
        "t11-guide-enrolment", fields={"steps": ["登录zwfw.yunling.example", "填表", "选缴费档次", "当场办结"]}
    ),
    "forty people": lambda: changed("t04-proposed-hires", fields={"listed": PEOPLE}),
    "a long name of the office": lambda: _renamed(
        "云岭国家级高新技术产业开发区管理委员会人力资源和社会保障事务服务中心"
    ),
}


def _renamed(name: str) -> Message:
    message = messages()["t02-residents-pension"]
    return message.model_copy(update={"office": message.office.model_copy(update={"name": name})})


@cache
def made(name: str) -> Page:
    """The page of a sample, or of a source that is hard to fit."""
    if name in TIGHT:
        return page(poster(Path("nowhere"), png=False).render(TIGHT[name]()).main.body)
    return page(rendition(name).main.body)


ALL = [*NAMES, *TIGHT]


@pytest.mark.parametrize("name", ALL)
def test_no_text_runs_out_of_the_page_or_over_another(name: str) -> None:
    found = made(name)
    room = Box(MARGIN, 0, found.width - MARGIN, found.height)
    assert [run.text for run in found.runs if not run.box.inside(room)] == []
    over = [
        (one.text, other.text)
        for number, one in enumerate(found.runs)
        for other in found.runs[:number]
        if one.box.over(other.box, by=1.5)
    ]
    assert over == []


@pytest.mark.parametrize("name", ALL)
def test_white_type_stands_on_a_shape_of_its_own(name: str) -> None:
    found = made(name)
    bare = [run.text for run in found.runs if run.white and not any(run.box.inside(shape) for shape in found.shapes)]
    assert bare == []


@pytest.mark.parametrize("name", ALL)
def test_no_type_is_smaller_than_promised(name: str) -> None:
    found = made(name)
    assert min(run.size for run in found.runs) >= LEAST - 0.01


def test_type_on_a2_is_as_much_larger_as_the_paper() -> None:
    for name in ("t04-proposed-hires", "t05-cases-completed"):
        large = page(rendition(name, "A2").main.body)
        assert min(run.size for run in large.runs) >= (LEAST - 0.01) * 2**0.5


@pytest.mark.parametrize("name", [name for name in NAMES if name != "t12-annual-summary"])  # a letter has none
def test_key_lines_are_read_at_a_glance(name: str) -> None:
    keys = sheet(messages()[name], press().cut).keys
    large = "".join("".join(run.text.split()) for run in made(name).runs if run.size >= KEYS - 0.01)
    for key in keys:
        for part in (key.before, key.figure, key.after):
            assert "".join(part.split()) in large


@pytest.mark.parametrize("name", ["t01-contribution-base", "t07-feedback-hardship", "t08-progress-posts"])
def test_figures_of_a_row_of_cards_are_of_one_size_on_one_line(name: str) -> None:
    keys = sheet(messages()[name], press().cut).keys
    assert len({_standing(made(name), key) for key in keys}) == 1


def _standing(found: Page, key: KeyLine) -> tuple[float, float]:
    """Size and foot of a figure on its card: the largest type below the headline that begins with its digits."""
    digits = re.match(r"\d+", key.figure)
    assert digits
    runs = [run for run in found.runs if run.text.startswith(digits[0]) and run.size < 72]
    largest = max(runs, key=lambda run: run.size)
    return round(largest.size, 2), round(largest.box.bottom, 1)


@pytest.mark.parametrize("name", NAMES)
def test_a_lead_breaks_between_its_words(name: str) -> None:
    laid = sheet(messages()[name], press().cut)
    if not laid.lead:
        return
    pattern = r"\n?".join(re.escape(character) for character in laid.lead if character != " ")
    found = re.search(pattern, rendition(name).text.replace(" ", ""))
    assert found
    at, breaks = 0, set()
    for character in found[0]:
        if character == "\n":
            breaks.add(at)
        else:
            at += 1
    ends, end = set(), 0
    for piece in laid.cuts[laid.lead]:
        if not re.search(r"[!-~]{2}", piece):  # a piece of letters and digits may break after its marks
            ends.add(end)
        end += len(piece.replace(" ", ""))
        ends.add(end)
    assert breaks <= ends


def test_a_document_number_stays_whole_where_it_can() -> None:
    lines = rendition("t13-correction-recruitment").text.replace(" ", "").splitlines()
    assert "云高人社公告〔2026〕8号" in lines


@pytest.mark.parametrize("name", ["t03-recruitment", "t10-explained-hardship"])
def test_circles_of_a_band_look_in_from_its_right_edge(name: str) -> None:
    found = made(name)
    assert any(box.right > found.width + 20 and box.left > found.width / 3 for box in found.outlines)


def test_bars_of_an_alert_keep_to_the_margin() -> None:
    bars = [box for box in made("t09-hall-outage").shapes if box.right - box.left < 20 < 40 < box.top - box.bottom]
    assert len(bars) >= 3
    assert min(bar.left for bar in bars) >= MARGIN - 0.1


def test_a_short_letter_begins_below_its_title() -> None:
    message = changed("t12-annual-summary", body="2025年，我局公开政府信息44件。")
    found = page(poster(Path("nowhere"), png=False).render(message).main.body)
    (title,) = (run for run in found.runs if run.size >= 44 and "总结" in run.text)
    body = next(run for run in found.runs if "我局" in run.text)
    assert 20 < title.box.bottom - body.box.top < 110


def test_an_address_over_two_lines_is_read_as_one() -> None:
    message = changed("t11-guide-enrolment", fields={"online": ITEM})
    text = poster(Path("nowhere"), png=False).render(message).text
    assert ITEM in text
    assert check(text, message.version, known_figures(message, poster(Path("nowhere")))) == []


@pytest.mark.parametrize("shortest", [8, 12, 16, 20])
@pytest.mark.parametrize("term", ["11个工作日", "3.25个百分点"])
def test_a_term_over_two_lines_is_read_as_one(term: str, shortest: int) -> None:
    lead = "具有本区户籍并按规定参加社会保险的人员应当在登记之后及时携带有关材料到窗口办理手续"
    conditions = [f"{lead[:length]}{term}内" for length in range(shortest, shortest + 4)]  # lines end in it
    message = changed("t11-guide-enrolment", fields={"conditions": conditions})
    text = poster(Path("nowhere"), png=False).render(message).text
    assert text.count(term) == len(conditions)
    assert check(text, message.version, known_figures(message, poster(Path("nowhere")))) == []
