"""What stands at the address of a poster that must come down: corrected, or withdrawn, and what to do about it."""

from dataclasses import replace

from channels.poster.foot import foot, index, instant
from channels.poster.keyline import KeyLine
from channels.poster.sections import Block, Section
from channels.poster.sheet import SUBTITLE, Cut, Sheet, cuts, whole_names
from channels.press.headline import wrapped
from notices.notice import Message

LAYOUT = "takedown"


def takedown(message: Message, cut: Cut) -> Sheet:
    """The sheet that takes the place of every earlier poster of a correction's or a withdrawal's notice.

    A notice that was taken away (its page is gone, or leads elsewhere) is not named any more, but for its index number.
    """
    version, withdrawal = message.version, message.withdrawal
    hidden = withdrawal is not None and withdrawal.leaves != "banner"
    last = version.number if withdrawal else version.number - 1
    earlier = "第1版" if last == 1 else f"第1版至第{last}版"
    keys: tuple[KeyLine, ...]
    todo: tuple[str, ...]
    if withdrawal:
        headline, reason, caption = "已撤回", withdrawal.reason, "扫码看撤回说明"
        keys = (KeyLine("请撤下", earlier),)
        todo = (f"撤下墙上标有“{earlier}”的海报，不再张贴。", "撤下后把地点告诉经办人，由经办人登记。")
    else:
        headline, reason, caption = "已更正", version.public_note or "", "扫码看新版"
        keys = (KeyLine("请撤下", earlier), KeyLine("换上", f"第{version.number}版"))
        todo = (
            f"撤下墙上标有“{earlier}”的海报。",
            f"张贴第{version.number}版：扫码打开公开件，或向经办人索取。",
            "贴好后把地点告诉经办人，由经办人登记。",
        )
    below = foot(message)
    return Sheet(
        layout=LAYOUT,
        title=f"{index(version) if hidden else version.title}（{headline}）",
        kicker=message.office.name,
        headline=(headline,),
        subtitle=() if hidden else wrapped(cut([version.title])[0], whole_names(message), SUBTITLE),
        serial="",
        issued="",
        correction="",
        lead=reason,
        keys=keys,
        steps=(),
        sections=(
            Section("请这样做", (Block("bullets", tuple((line,) for line in todo)),), wide=True),
            Section("是哪一件", (Block("rows", _which(message, hidden=hidden)),), wide=True),
        ),
        foot=replace(
            below,
            caption=caption,
            version=headline,
            signed="",  # 成文日期 is the notice's; nothing here was signed on that day
            validity="",
            references=(index(version),) if hidden else below.references,
        ),
        cuts=cuts(cut, [reason]),
    )


def _which(message: Message, *, hidden: bool) -> tuple[tuple[str, str], ...]:
    """What the posters to take down are known by, and since when they must come down, where that is known."""
    version, withdrawal = message.version, message.withdrawal
    number = (("文号", version.document_number),) if version.document_number and not hidden else ()
    when = (("撤回时间", instant(withdrawal.at)),) if withdrawal else ()
    return (*number, ("索引号", version.index_number), *when)
