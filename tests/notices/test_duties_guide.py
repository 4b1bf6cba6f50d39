"""The table of the guide is what the file says."""

from config.fields import common_fields
from config.kinds import Field, kinds
from notices.begins import Begin, Met, begins
from notices.calendar.term import Rule, Unit
from notices.looks import Every, looks
from notices.notice import RelationType
from notices.staleness import media, places
from notices.structures import RELATIONS
from notices.yearly import yearlies
from tests.source import ROOT

GUIDE = ROOT / "docs" / "duties.md"
COMMON = {"dossier": "同一决策编号", "event": "同一事件"}
UNITS = {Unit.HOURS: "小时", Unit.DAYS: "日", Unit.WORKING_DAYS: "个工作日", Unit.MONTHS: "个月"}


def label(one: Begin, name: str) -> str:
    """A field as staff know it."""
    if name in ("released", "withdrawn", "replaced"):
        return {"released": "公布", "withdrawn": "撤回", "replaced": "被替代"}[name]
    if one.each and name != one.each:
        return name  # a column
    fields: list[Field] = [field for of in one.kinds for field in kinds()[of].fields]
    return next(field.label for field in [*fields, *common_fields()] if field.name == name)


def term(rule: Rule) -> str:
    """Its length; a date that the notice names is met on the day."""
    if rule.counts_first and rule.length == 1:
        return "当天"
    if rule.length == 0:
        return "到时"
    return f"{rule.length}{UNITS[rule.unit]}"


def met(one: Begin) -> str:
    """What meets it."""
    match one.met:
        case Met.RELEASE:
            return "公布本身"
        case Met.TIME:
            return "到期自动结束"
        case Met.WORD:
            return "`gongkai due done`"
        case Met.FIELD:
            (name, values), *_ = (one.says or {}).items()
            return f"更正后“{label(one, name)}”为{'、'.join(values)}"
        case Met.NOTICE:
            named = {relation: words for words, relation in RELATIONS.items()}
            ties = [COMMON.get(tie) or f"关联“{named[RelationType(tie)]}”" for tie in one.ties]
            return f"{kinds()[one.kind].name if one.kind else '任何文种'}，{'或'.join(ties)}"
        case Met.ROW:
            (name, values), *_ = (one.says or {}).items()
            return f"以后的{kinds()[one.kind].name}，写它“{name}”为{'、'.join(values)}，或者另一个{one.start}"


def row(one: Begin) -> str:
    """One line of the table."""
    who = "、".join(kinds()[of].name for of in one.kinds) or "全部"
    who += f"，每个{label(one, one.each)}" if one.each else ""
    for name, values in (one.when or {}).items():
        who += f"，{label(one, name)}为{'、'.join(values)}"
    who += f"，{COMMON[one.once]}的只算最早的一件" if one.once else ""
    cells = (f"`{one.id}`", one.rule.name, who, label(one, one.start), term(one.rule), met(one), one.source)
    return f"| {' | '.join(cells)} |"


def test_the_guide_has_each_row_as_the_file_says_it() -> None:
    text = GUIDE.read_text("utf-8")
    found = [line for line in text.splitlines() if line.startswith("| `")]
    assert found == [row(one) for one in begins()]


def test_the_guide_has_each_column_that_is_kept_up_to_date() -> None:
    text = GUIDE.read_text("utf-8").partition("| 栏目 |")[2].partition("## ")[0]
    found = [line for line in text.splitlines() if line.startswith("| ")][1:]
    columns = [f"| {one.name} | {term(one.rule)} | {one.rule.source} |" for one in places()]
    accounts = [f"| 政务新媒体，`{of}` 端点各一项 | {term(rule)} | {rule.source} |" for of, rule in media().items()]
    assert found == columns + accounts


def test_the_guide_names_what_is_owed_by_the_year() -> None:
    for one in yearlies():
        assert f"{one.name}”，1月31日前要公布（{one.rule.source.partition('（')[0]}）" in GUIDE.read_text("utf-8")


def test_the_guide_has_each_row_that_is_looked_over() -> None:
    text = GUIDE.read_text("utf-8").partition("| 复核什么 |")[2].partition("##")[0]
    often = {Every.HALF_YEAR: "半年", Every.YEAR: "一年"}
    found = [line for line in text.splitlines() if line.startswith("| ")][1:]
    assert found == [f"| {one.about} | {often[one.every]} | {one.rule.source} |" for one in looks()]
    assert {one.rule.length for one in looks()} == {20}
