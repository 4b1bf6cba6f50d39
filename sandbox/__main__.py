"""``python -m sandbox``: partners that receive webhooks, groups with a robot, an official account, a mail server."""

import json
import os
import re
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import click

from config.clock import clock_of
from config.messages import say
from sandbox.page import TRIES, curl
from sandbox.server import HOST, Opened, serve
from sandbox.wecom import PATH

# names that are not given: those outlets are there once, and these are names of their files and of the office's own key
TAKEN = {"aliyun", "tencent", "wechat", "sms-aliyun", "sms-tencent", "numbers"}


def ready(address: str, mail_port: int, opened: Opened) -> None:
    """Say where everything is."""
    click.echo(say("sandbox.ready", address=address))
    for partner in opened.partners.values():
        where = f"{address}partner/{partner.name}"
        click.echo(say("sandbox.partner_ready", title=partner.title, address=where, secret=partner.secret_file))
    for robot in opened.robots.values():
        posted = f"{address.rstrip('/')}{PATH}"
        shown = f"{address}group/{robot.name}"
        told = say("sandbox.robot_ready", title=robot.title, address=shown, posted=posted, secret=robot.secret_file)
        click.echo(told)
    for account in opened.mail.values():
        server, shown = f"{HOST}:{mail_port}", f"{address}mail/{account.name}"
        told = say("sandbox.mail_ready", title=account.title, address=shown, server=server, secret=account.secret_file)
        click.echo(told)
    click.echo(say("sandbox.misbehave_hint", command=curl(address, json.dumps(TRIES["broken"]))))


@click.command(help="各渠道的另一头（仅本机）。The other side of the channels, on this machine only.")
@click.option("--home", type=click.Path(file_okay=False, path_type=Path), required=True, help="收件箱放在哪里 · folder")
@click.option("--port", type=click.IntRange(0, 65_535), default=8090, show_default=True, help="0：任意 · any free one")
@click.option("--secrets", type=click.Path(file_okay=False, path_type=Path), help="密钥目录 · folder of the secrets")
@click.option("--partner", "given", multiple=True, default=("ribao=云岭日报",), show_default=True, help="NAME[=TITLE]")
@click.option("--robot", "groups", multiple=True, help="NAME[=TITLE]")
@click.option("--mail", "boxes", multiple=True, help="NAME[=TITLE]")
@click.option("--mail-port", type=click.IntRange(0, 65_535), default=0, help="0：任意 · any free one")
@click.option("--wechat", metavar="APPID=TITLE", default="", help="公众号 · an official account")
@click.option("--until-eof", is_flag=True, help="标准输入关闭时结束 · end when the standard input is closed")
def main(
    home: Path,
    port: int,
    secrets: Path | None,
    given: tuple[str, ...],
    groups: tuple[str, ...],
    boxes: tuple[str, ...],
    mail_port: int,
    wechat: str,
    until_eof: bool,
) -> None:
    """Serve until interrupted."""
    if until_eof:
        threading.Thread(target=_end_at_eof, daemon=True).start()
    partners, robots, mail = _titles(given), _titles(groups), _titles(boxes)
    names = Counter([*TAKEN, *partners, *robots, *mail])
    if taken := {name for name, count in names.items() if count > 1}:
        raise click.BadParameter(say("sandbox.twice", names=", ".join(sorted(taken))))
    appid, _, title = wechat.partition("=")
    account = (appid, title or appid) if appid else None
    try:
        serve(
            partners,
            home,
            clock_of(),
            robots=robots,
            mail=mail,
            wechat=account,
            port=port,
            mail_port=mail_port,
            secrets=secrets,
            ready=ready,
        )
    except OSError as error:
        raise click.ClickException(str(error)) from None


def _titles(given: Iterable[str]) -> dict[str, str]:
    """Title by name, of NAME[=TITLE]."""
    found = {}
    for one in given:
        name, _, title = one.partition("=")
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", name):
            raise click.BadParameter(say("sandbox.bad_partner", given=one))
        found[name] = title or name
    return found


def _end_at_eof() -> None:
    """Whoever started this holds the other end; when it is gone, however it went, nobody needs partners."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
