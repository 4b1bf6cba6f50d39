"""What stands at the address of a poster that must come down: corrected, or withdrawn, and what to do about it."""

from dataclasses import replace

from channels.poster.headline import wrapped
from channels.poster.keyline import KeyLine
from channels.poster.sections import Block, Section
from channels.poster.sheet import SUBTITLE, Cut, Sheet, day, foot, instant, whole_names
from config.clock import wall
from notices.notice import Message

LAYOUT = "takedown"


def takedown(message: Message, cut: Cut) -> Sheet:
    """The sheet that takes the place of every earlier poster of a correction's or a withdrawal's notice."""
    version, withdrawal = message.version, message.withdrawal
    last = version.number if withdrawal else version.number - 1
    earlier = "第1版" if last == 1 else f"第1版至第{last}版"
    keys: tuple[KeyLine, ...]
    todo: tuple[str, ...]
    if withdrawal:
        headline, reason, keys = "已撤回", withdrawal.reason, (KeyLine("请撤下", earlier),)
        todo = (f"撤下墙上标有“{earlier}”的海报，不再张贴。", "撤下后在任务里确认，并附现场照片。")
        when = ("撤回时间", instant(wall(withdrawal.at)))
    else:
        headline, reason = "已更正", version.public_note or ""
        keys = (KeyLine("请撤下", earlier), KeyLine("换上", f"第{version.number}版"))
        todo = (
            f"撤下墙上标有“{earlier}”的海报。",
            f"张贴第{version.number}版：扫码打开公开件，或在任务里下载。",
            "贴好后在任务里确认，并附现场照片。",
        )
        when = ("更正日期", day(version.issued_on))
    numbers = (("文号", version.document_number),) if version.document_number else ()
    return Sheet(
        layout=LAYOUT,
        title=f"{version.title}（{headline}）",
        kicker=message.office.name,
        headline=(headline,),
        subtitle=wrapped(cut([version.title])[0], whole_names(message), SUBTITLE),
        serial="",
        correction="",
        lead=reason,
        keys=keys,
        steps=(),
        sections=(
            Section("请这样做", (Block("bullets", tuple((line,) for line in todo)),), wide=True),
            Section("是哪一件", (Block("rows", (*numbers, ("索引号", version.index_number), when)),), wide=True),
        ),
        foot=replace(foot(message), version=headline),
    )
