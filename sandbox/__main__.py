"""``python -m sandbox``: partners that receive webhooks on this machine, and an official account of WeChat."""

import json
import os
import re
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import click

from config.clock import clock_of
from config.messages import say
from sandbox.app import Partner
from sandbox.page import TRIES, curl
from sandbox.server import serve


def ready(address: str, partners: Mapping[str, Partner]) -> None:
    """Say where everything is."""
    click.echo(say("sandbox.ready", address=address))
    for partner in partners.values():
        where = f"{address}partner/{partner.name}"
        click.echo(say("sandbox.partner_ready", title=partner.title, address=where, secret=partner.secret_file))
    click.echo(say("sandbox.misbehave_hint", command=curl(address, json.dumps(TRIES["broken"]))))


@click.command(help="伙伴收件箱（仅本机）。Partners' inboxes, on this machine only.")
@click.option("--home", type=click.Path(file_okay=False, path_type=Path), required=True, help="收件箱放在哪里 · folder")
@click.option("--port", type=click.IntRange(0, 65_535), default=8090, show_default=True, help="0：任意 · any free one")
@click.option("--secrets", type=click.Path(file_okay=False, path_type=Path), help="密钥目录 · folder of the secrets")
@click.option("--partner", "given", multiple=True, default=("ribao=云岭日报",), show_default=True, help="NAME[=TITLE]")
@click.option("--wechat", metavar="APPID=TITLE", help="公众号 · an official account")
@click.option("--until-eof", is_flag=True, help="标准输入关闭时结束 · end when the standard input is closed")
def main(
    home: Path, port: int, secrets: Path | None, given: tuple[str, ...], wechat: str | None, until_eof: bool
) -> None:
    """Serve until interrupted."""
    if until_eof:
        threading.Thread(target=_end_at_eof, daemon=True).start()
    partners = {}
    for partner in given:
        name, _, title = partner.partition("=")
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", name):
            raise click.BadParameter(say("sandbox.bad_partner", given=partner))
        partners[name] = title or name
    appid, _, called = (wechat or "").partition("=")
    account = (appid, called or appid) if appid else None
    try:
        serve(partners, home, clock_of(), port=port, secrets=secrets, wechat=account, ready=ready)
    except OSError as error:
        raise click.ClickException(str(error)) from None


def _end_at_eof() -> None:
    """Whoever started this holds the other end; when it is gone, however it went, nobody needs partners."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
