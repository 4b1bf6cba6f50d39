"""The common fields are those that every template must have, and a skeleton shows each of them."""

from datetime import UTC, datetime

import pytest

from config.fields import common_fields
from config.kinds import written_kinds
from notices.skeleton import skeleton
from tests.factories import office

# What every template has in common, from the study of live pages (国办秘书局《政府信息公开目录系统实施指引》 and local
# rules): its name there → ours.
EVERY_TEMPLATE = {
    "标题": ["标题"],
    "文种": ["文种"],
    "索引号": ["索引号"],
    "文号（可空）": ["文号"],
    "发文机关": ["发文机关"],
    "成文日期": ["成文日期"],
    "形成/变更日期": ["形成日期"],
    "拟公开日期": ["拟公开日期"],
    "施行/失效日期": ["施行日期", "失效日期"],
    "有效性": ["有效性"],
    "主题/体裁分类": ["主题分类", "体裁分类"],
    "标准目录事项": ["标准目录事项"],
    "公开属性+依据": ["公开属性", "公开依据"],
    "公开范围": ["公开范围"],
    "保密审查记录": ["保密审查"],
    "关联项": ["关联"],
    "责任股室+责任人+B角": ["责任股室", "责任人", "B角"],
    "咨询电话": ["咨询电话"],
    "监督电话": ["监督电话"],
    "复审日期": ["复审日期"],
    "渠道清单": ["渠道"],
    "脱敏方案": ["脱敏方案"],
}
# What the product needs besides: metadata of live pages, and how the notice travels.
OURS = ["内容概述", "关键词", "紧急程度", "失效时刻", "定时发布", "附件", "渠道用语", "签发"]


def test_the_common_fields_are_those_of_every_template_and_ours() -> None:
    wanted = [label for labels in EVERY_TEMPLATE.values() for label in labels]
    assert sorted(field.label for field in common_fields()) == sorted([*wanted, *OURS])


@pytest.mark.parametrize("kind", ["t01", "t09"])
def test_a_skeleton_shows_every_common_field(kind: str) -> None:
    text = skeleton(written_kinds()[kind], office(), datetime(2026, 11, 23, 2, 0, tzinfo=UTC))
    shown = {line.removeprefix("# ").partition(":")[0] for line in text.split("\n")}
    missing = {field.label for field in common_fields()} - shown
    assert missing == (set() if kind == "t09" else {"失效时刻"}), "an expiry is for emergencies"
