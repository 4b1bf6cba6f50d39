"""A notice's file read whole: what a draft holds, and what is refused, at which line."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from config.channels import channel_tables
from config.clock import SHANGHAI
from config.fields import bounds
from config.limits import limits
from notices import body, figures, suspects
from notices.document import read
from notices.notice import RelationType, Scope, Urgency
from notices.structures import Tie
from tests.factories import office
from tests.notices.files import FRONT, draft, line_of, only, problems, raw, written

CONSULTATION: dict[str, str | None] = {
    "文种": "征求意见公告",
    **dict.fromkeys(("被更正文件", "原公布日期", "更正日期", "更正内容", "更正原因", "影响说明")),
    "决策编号": "JC-1",
    "决策事项": "事项",
    "起草说明": "说明",
    "制定依据": "[依据]",
    "征求意见开始": "2026-11-20",
    "征求意见截止": "2026-12-20",
    "征求意见天数": "30",
    "意见渠道": "信函",
    "电子邮箱": "a@b.example",
    "通信地址": "地址",
    "联系人": "周宁",
    "反馈承诺日": "2027-01-20",
}
DRAFT = "现公开征求意见。\n\n## 征求意见稿\n\n第一条 略。\n"


def test_a_draft_holds_what_the_file_says(tmp_path: Path) -> None:
    found = draft(written(tmp_path, {"施行日期": "2026年12月1日", "咨询电话": "12333", "关键词": "[时间, 窗口]"}))
    content = found.content
    assert content.kind == "t13"
    assert content.office == "rsj"
    assert content.section == "bgs"
    assert content.issued_on == date(2026, 11, 20)
    assert content.effective_on == date(2026, 12, 1)
    assert content.keywords == ("时间", "窗口")
    assert content.fields["changes"] == [{"位置": "第一条", "原文": "9时", "更正为": "8时30分"}]
    assert content.fields["corrected_on"] == "2026-11-20"
    assert content.approval is not None
    assert content.approval.at == datetime(2026, 11, 20, 10, 0, tzinfo=SHANGHAI)
    assert content.body == "更正如下。\n"


def test_what_is_not_said_comes_from_kind_and_office(tmp_path: Path) -> None:
    content = draft(written(tmp_path)).content
    assert content.channels == ("website", "feed", "webhook", "poster", "wecom", "wechat")
    assert (content.topic, content.genre, content.disclosure) == ("政务公开", "公告", "主动公开")
    assert (content.scope, content.urgency) == (Scope.PUBLIC, Urgency.ROUTINE)
    assert (content.phone, content.supervision_phone) == (office().phone, office().supervision_phone)
    phone = content.fact("phone")
    assert phone is not None
    assert "8123456" in phone.forms


def test_english_names_do_as_well(tmp_path: Path) -> None:
    chinese = written(tmp_path)
    digest = draft(chinese).digest
    text = chinese.read_text("utf-8")
    for label, name in (
        ("标题", "title"),
        ("文种", "kind"),
        ("成文日期", "issued_on"),
        ("更正原因", "reason"),
        ("签发人", "by"),
    ):
        text = text.replace(f"{label}:", f"{name}:", 1)
    assert draft(raw(tmp_path, text.encode())).digest == digest


def test_the_same_file_twice_is_the_same(tmp_path: Path) -> None:
    assert draft(written(tmp_path)).digest == draft(written(tmp_path)).digest


@pytest.mark.parametrize(
    "changes",
    [
        {"标题": "另一个标题"},
        {"更正原因": "笔误"},
        {"索引号": "X/2026-00001"},
        {"签发": "{签发人: 陈远, 时间: 2026-11-20 10:01}"},
        {"保密审查": "{审查人: 林晓, 时间: 2026-11-20 09:00, 结果: 区分处理后公开}"},
        {"关联": "[{类型: 相关, 标题: 某文件}]"},
        {"渠道": "[website]"},
        {"渠道用语": "{poster: {标题: 短标题}}"},
    ],
)
def test_whatever_is_said_differently_is_another(tmp_path: Path, changes: dict[str, str | None]) -> None:
    assert draft(written(tmp_path, changes)).digest != draft(written(tmp_path)).digest


def test_another_body_or_attachment_is_another(tmp_path: Path) -> None:
    first = draft(written(tmp_path)).digest
    assert draft(written(tmp_path, body="更正如下：\n")).digest != first
    (tmp_path / "表.csv").write_text("一,二\n", "utf-8")
    attached = draft(written(tmp_path, {"附件": "表.csv"}))
    assert attached.files == {"表.csv": "一,二\n".encode()}
    (tmp_path / "表.csv").write_text("一,三\n", "utf-8")
    assert len({first, attached.digest, draft(written(tmp_path, {"附件": "表.csv"})).digest}) == 3


def test_a_draft_becomes_a_version(tmp_path: Path) -> None:
    found = draft(written(tmp_path, {"关联": "[{类型: 更正, 标题: 通告, 公开件: 202611-7k3q9d2m}]"}))
    assert found.ties == (Tie(RelationType.CORRECTS, "通告", "202611-7k3q9d2m"),)
    version = found.version(notice="202611-aaaaaaaa", number=2, index_number="C/1", relations=(), public_note="改了")
    assert (version.notice, version.number, version.index_number) == ("202611-aaaaaaaa", 2, "C/1")
    assert version.title == FRONT["标题"]
    assert version.public_note == "改了"


def test_an_index_number_may_be_given(tmp_path: Path) -> None:
    assert draft(written(tmp_path, {"索引号": "11530100MB1A2B3C4D/2026-00018"})).index_number == (
        "11530100MB1A2B3C4D/2026-00018"
    )


# -- what is refused -------------------------------------------------------------------------------


def test_everything_wrong_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        {
            "成文日期": "2026-13-01",
            "文号": "云人社发[2026]21号",
            "更正原因": None,
            "责任股室": "财务股",
            "联系电话": "12333",
            "签发": "{签发人: 陈远, 时间: 昨天}",
        },
        body="见[表](表.csv)\n",
    )
    found = {(problem.field, problem.key, problem.line) for problem in problems(file)}
    assert found == {
        ("成文日期", "no_such_date", line_of(file, "成文日期")),
        ("文号", "document_number_brackets", line_of(file, "文号")),
        ("更正原因", "missing", line_of(file, "---") + len(file.read_text("utf-8").split("---")[1].split("\n")) - 1),
        ("责任股室", "choice", line_of(file, "责任股室")),
        ("联系电话", "unknown_near", line_of(file, "联系电话")),
        ("签发.时间", "time", line_of(file, "签发")),
        ("正文", "link_not_attached", line_of(file, "见[表]")),
    }


@pytest.mark.parametrize("label", sorted(set(FRONT) - {"文种"}))
def test_each_required_field_is_required(tmp_path: Path, label: str) -> None:
    for value in (None, "", '""'):
        problem = only(written(tmp_path, {label: value}))
        assert (problem.key, problem.field) == ("missing", label)


@pytest.mark.parametrize(("name", "table"), [one for one in channel_tables().items() if not one[1].get("staff")])
def test_a_channel_may_be_called_by_its_title(tmp_path: Path, name: str, table: Mapping[str, Any]) -> None:
    own = {"渠道": f"[{name}, {name}]", "渠道用语": f"{{{name}: {{标题: 短标题}}}}"}
    called = {key: value.replace(name, table["title"]) for key, value in own.items()}
    plain, said = (draft(written(tmp_path, {**front})) for front in (own, called))
    assert said.content.channels == (name,)
    assert said.content.wording == {name: {"title": "短标题"}}
    assert said.digest == plain.digest
    wrong = only(written(tmp_path, {**called, "渠道用语": called["渠道用语"].replace("短标题", "还有7天")}))
    assert wrong.field == f"渠道用语.{table['title']}.标题"


def test_a_channel_that_is_none_is_told_with_those_there_are(tmp_path: Path) -> None:
    problem = only(written(tmp_path, {"渠道": "[电报]"}))
    assert problem.field == "渠道"
    told = problem.text("zh")
    assert all((table["title"] in told) is not table.get("staff", False) for table in channel_tables().values())


@pytest.mark.parametrize(
    ("changes", "key", "field"),
    [
        ({"文种": None}, "missing", "文种"),
        ({"文种": "更正通告"}, "choice", "文种"),
        ({"发文机关": "某局"}, "choice", "发文机关"),
        ({"公开范围": "全区"}, "choice", "公开范围"),
        ({"紧急程度": "紧急"}, "emergency_expiry", "失效时刻"),
        ({"紧急程度": "紧急", "失效时刻": "2026-11-20 09:00"}, "expired_at_sign_off", "失效时刻"),
        ({"公开范围": "参保单位"}, "scope_public", "渠道"),
        ({"公开范围": "本人", "渠道": "[website, webhook]"}, "scope_public", "渠道"),
        ({"公开属性": "依申请公开"}, "disclosure_public", "公开属性"),
        ({"渠道": "[fax]"}, "choice", "渠道"),
        ({"标题": "|\n  一\n  二"}, "one_line", "标题"),
        ({"标题": "[一]"}, "no_text", "标题"),
        ({"更正内容": "改了"}, "no_table", "更正内容"),
        ({"更正内容": "[{}]"}, "row_empty", "更正内容"),
        ({"更正内容": "[{位置: 一, 身份证号: 二}]"}, "unknown", "更正内容.身份证号"),
        ({"签发": "陈远"}, "no_table", "签发"),
        ({"签发": "{签发人: 陈远}"}, "missing", "签发.时间"),
        ({"保密审查": "{审查人: 林晓, 时间: 2026-11-20 09:00, 结果: 不予公开}"}, "stays_in", "保密审查.结果"),
        ({"保密审查": "{审查人: 林晓, 时间: 2026-11-20 09:00, 结果: 同意}"}, "choice", "保密审查.结果"),
        ({"保密审查": "{审查人: 林晓, 时间: 2026-11-21 09:00, 结果: 可公开}"}, "reviewed_late", "保密审查.时间"),
        ({"关联": "[{类型: 关系, 标题: 甲}]"}, "choice", "关联.类型"),
        ({"关联": "[{类型: 相关}]"}, "missing", "关联.标题"),
        ({"渠道用语": "海报"}, "no_table", "渠道用语"),
        ({"渠道用语": "{fax: {标题: 甲}}"}, "unknown", "渠道用语.fax"),
        ({"渠道用语": "{poster: {颜色: 红}}"}, "unknown", "渠道用语.poster.颜色"),
        ({"渠道用语": "{poster: {要点: 还有7天}}"}, "wording_figure", "渠道用语.poster.要点"),
        ({"渠道用语": '{poster: {要点: [""]}}', "标题": ""}, "missing", "标题"),
        ({"施行日期": "2026-12-01", "失效日期": "2026-11-30"}, "order", "失效日期"),
        ({"更正日期": "2026-11-17"}, "order", "更正日期"),
        ({"title": "又一个标题"}, "key_twice", "title"),
        ({"附件": "没有.pdf"}, "attachment_missing", "附件"),
        (CONSULTATION | {"征求意见截止": "2026-12-19", "征求意见天数": "29日"}, "order_unless", "征求意见截止"),
        (CONSULTATION | {"征求意见截止": "2026-11-19"}, "order_unless", "征求意见截止"),
    ],
)
def test_what_is_wrong_between_fields(tmp_path: Path, changes: dict[str, str | None], key: str, field: str) -> None:
    of_consultation = (DRAFT,) if "决策编号" in changes else ()
    problem = only(written(tmp_path, changes, *of_consultation))
    assert (problem.key, problem.field) == (key, field), problem.text()


@pytest.mark.parametrize(
    ("body", "there"),
    [
        ("## 征求意见稿\n\n第一条 略。\n", True),
        ("### 二、办法（草案）\n\n第一条 略。\n", True),
        ("现公布**征求意见稿**和草案。\n", False),
        ("## 起草说明\n\n草案见附件。\n", False),
    ],
)
def test_a_consultation_carries_the_draft(tmp_path: Path, body: str, there: bool) -> None:
    file = written(tmp_path, CONSULTATION, body)
    if there:
        assert draft(file)
        return
    problem = only(file)
    assert (problem.key, problem.field) == ("no_draft", "附件")
    assert "“征求意见稿”、“草案”" in problem.text("zh")
    (tmp_path / "办法.csv").write_text("条,内容\n第一条,略\n", "utf-8")
    assert draft(written(tmp_path, CONSULTATION | {"附件": "办法.csv"}, body))


@pytest.mark.parametrize(
    "label",
    [
        "起草说明",
        "制定依据",
        "征求意见开始",
        "征求意见截止",
        "意见渠道",
        "电子邮箱",
        "通信地址",
        "联系人",
        "反馈承诺日",
    ],
)
def test_a_consultation_is_explained_and_says_when_and_how_to_comment(tmp_path: Path, label: str) -> None:
    assert label in CONSULTATION
    found = problems(written(tmp_path, CONSULTATION | {label: None}, DRAFT))
    assert ("missing", label) in [(one.key, one.field) for one in found]


def test_a_shorter_consultation_says_why(tmp_path: Path) -> None:
    assert draft(written(tmp_path, CONSULTATION, DRAFT))
    shorter = CONSULTATION | {
        "征求意见截止": "2026-12-10",
        "征求意见天数": "20日",
        "不足三十日的理由": "上级文件要求下月执行",
    }
    assert draft(written(tmp_path, shorter, DRAFT)).content.fields["shorter_because"] == "上级文件要求下月执行"


def test_a_narrow_scope_goes_where_not_everyone_reads(tmp_path: Path) -> None:
    content = draft(written(tmp_path, {"公开范围": "参保单位", "渠道": "[webhook]"})).content
    assert content.scope is Scope.INSURED


def test_which_channels_are_public_is_the_callers_to_say(tmp_path: Path) -> None:
    file = written(tmp_path, {"公开范围": "参保单位", "渠道": "[poster]"})
    assert only(file).key == "scope_public"
    assert read(file, offices=[office()], public_channels=["website"]).content.channels == ("poster",)


def test_an_emergency_with_its_expiry_is_read(tmp_path: Path) -> None:
    content = draft(written(tmp_path, {"紧急程度": "紧急", "失效时刻": "2026-11-20 18:00"})).content
    assert content.urgency is Urgency.EMERGENCY
    assert content.expires_at == datetime(2026, 11, 20, 18, 0, tzinfo=SHANGHAI)


def test_sums_must_add_up(tmp_path: Path) -> None:
    changes: dict[str, str | None] = {
        **dict.fromkeys(("被更正文件", "原公布日期", "更正日期", "更正内容", "更正原因", "影响说明")),
        "文种": "t07",
        "决策编号": "JC-1",
        "征集开始": "2026-10-01",
        "征集截止": "2026-10-31",
        "意见总数": "32条",
        "参与人次": "27",
        "渠道分布": "[{渠道: 网页, 意见条数: 32}]",
        "采纳条数": "11",
        "部分采纳条数": "8",
        "未采纳条数": "12",
        "意见处理": "[{意见类别: 甲, 意见条数: 32, 处理结果: 采纳}]",
        "下一步": "印发",
        "联系人": "周宁",
    }
    assert only(written(tmp_path, changes)).key == "sum"
    assert draft(written(tmp_path, changes | {"未采纳条数": "13"})).content.fields["received"] == "32"


def test_who_edited_an_article_is_named_one_a_line(tmp_path: Path) -> None:
    said = draft(written(tmp_path, {"渠道": "[公众号]", "渠道用语": "{公众号: {编审: [编辑 周宁, 初审 苏航]}}"}))
    assert said.content.wording == {"wechat": {"reviewers": "编辑 周宁\n初审 苏航"}}


def test_a_figure_in_a_channels_wording_is_named_at_its_line(tmp_path: Path) -> None:
    file = written(tmp_path, {"渠道用语": "\n  poster:\n    标题: 短\n    要点:\n      - 改为8时30分\n      - 还有7天"})
    problem = only(file)
    assert (problem.key, problem.line, problem.values["given"]) == ("wording_figure", line_of(file, "    要点"), "7天")


def test_an_empty_list_of_channels_is_not_the_kinds_own(tmp_path: Path) -> None:
    file = written(tmp_path, {"渠道": "[]"})
    problem = only(file)
    assert (problem.field, problem.key, problem.line) == ("渠道", "no_channel", line_of(file, "渠道"))


def test_the_names_that_may_be_written_come_in_order(tmp_path: Path) -> None:
    allowed = str(only(written(tmp_path, {"zzzz": "值"})).values["allowed"]).split("、")
    assert allowed[:4] == ["标题", "文种", "索引号", "文号"]
    near = only(written(tmp_path, {"联系电话": "12333"}))
    assert "咨询电话" in near.fix("zh")
    assert "？。" not in near.text("zh")


def test_a_file_full_of_mistakes_is_answered(tmp_path: Path) -> None:
    many: dict[str, str | None] = {f"名称{number}": "值" for number in range(3_000)}
    assert len(problems(written(tmp_path, many))) == 3_000


@pytest.mark.parametrize(
    ("body", "key", "line"),
    [
        ("", "body_empty", 0),
        ("甲\n\n<script>alert(1)</script>\n", "raw_html", 2),
        ("甲\n乙 <b>丙</b>\n", "raw_html", 1),
        ("[甲](javascript:alert(1))\n", "link", 0),
        ("甲\n\n- 乙\n- [丙](//evil.example/x)\n", "link", 3),
        ("[甲](data:text/html,x)\n", "link", 0),
        ("[甲](../密.pdf)\n", "link", 0),
        ("[甲](表.csv)\n", "link_not_attached", 0),
        ("![甲](https://evil.example/x.png)\n", "image_not_attached", 0),
    ],
)
def test_what_may_not_stand_in_the_body(tmp_path: Path, body: str, key: str, line: int) -> None:
    file = written(tmp_path, body=body)
    found = problems(file)
    assert {problem.key for problem in found} == {key}, [problem.text() for problem in found]
    assert found[0].line == len(file.read_text("utf-8").split("\n---\n")[0].split("\n")) + (3 if body else 2) + line


def test_reading_is_quick(tmp_path: Path) -> None:
    from time import process_time

    file = written(tmp_path, body="本通知自2026年11月20日起执行，详见12333。\n\n" * 200)
    times = []
    for _ in range(5):
        start = process_time()
        draft(file)
        times.append(process_time() - start)
    assert min(times) <= 0.03


COSTLY = {
    "body_too_long": "1," * 250_000,
    "body_brackets": "[" * 90_000,
    "body_cells": "|" + "甲|" * 400 + "\n|" + "-|" * 400 + "\n" + "|乙|\n" * 400,
}


@pytest.mark.parametrize("key", COSTLY)
def test_what_would_take_too_long_to_read_is_told_before_it_is_read(
    tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never() -> None:
        raise AssertionError("it was read")

    monkeypatch.setattr(body, "_markdown", never)
    assert only(written(tmp_path, body=COSTLY[key])).key == key


def test_the_longest_body_that_is_read_is_the_longest_that_the_site_shows() -> None:
    assert bounds().body_characters == limits("website")["body"].value


def test_as_much_as_a_notice_needs_is_read(tmp_path: Path) -> None:
    links = "".join(f"- [第{number}项](https://example.cn/{number})\n" for number in range(400))
    table = "| 序号 | 姓名 |\n| --- | --- |\n" + "".join(f"| {number} | 某某 |\n" for number in range(3_000))
    assert draft(written(tmp_path, body=f"{links}\n{table}")).content.body


def test_nothing_goes_over_again_for_each_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of twice as many figures the reading, and what is reported, costs twice as much and no more."""
    asked: list[str] = []
    real = figures.figures

    def counted(text: str) -> Any:
        asked.append(text)
        return real(text)

    monkeypatch.setattr(suspects, "figures", counted)
    counts = []
    for many in (10, 1_000):
        content = draft(written(tmp_path, body="1," * many)).content
        asked.clear()
        suspects.differing(content)
        counts.append(len(asked))
    assert counts[0] == counts[1]
