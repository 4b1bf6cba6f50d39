"""``gongkai sandbox``: outlets to try with, on this machine only; they misbehave when told to."""

import click

from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.words import both
from sandbox.__main__ import main as partners


@named("sandbox")
@click.option(
    "--port", metavar="N", type=click.IntRange(0, 65_535), default=8090, help=both("command.option_sandbox_port")
)
@click.option("--partner", "names", metavar="NAME[=TITLE]", multiple=True, help=both("command.option_partner"))
@click.option("--robot", "groups", metavar="NAME[=TITLE]", multiple=True, help=both("command.option_robot"))
@click.option("--mail", "boxes", metavar="NAME[=TITLE]", multiple=True, help=both("command.option_mail"))
@click.option(
    "--mail-port", metavar="N", type=click.IntRange(0, 65_535), default=8025, help=both("command.option_mail_port")
)
@click.option("--wechat", metavar="APPID=TITLE", default="", help=both("command.option_wechat"))
def command(
    given: Given,
    port: int,
    names: tuple[str, ...],
    groups: tuple[str, ...],
    boxes: tuple[str, ...],
    mail_port: int,
    wechat: str,
) -> Exit:
    """Serve their inboxes, chats, mails and articles until interrupted."""
    args = ["--home", str(given.home / "sandbox"), "--secrets", str(given.home / "secrets"), "--port", str(port)]
    for name in names:
        args += ["--partner", name]
    for name in groups:
        args += ["--robot", name]
    for name in boxes:
        args += ["--mail", name]
    args += ["--mail-port", str(mail_port)]
    args += ["--wechat", wechat] if wechat else []
    partners.main(args, standalone_mode=False)
    return Exit.DONE
