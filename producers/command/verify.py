"""``gongkai verify``: are the records whole, and does each outlet show what it was sent?"""

from collections import Counter

import click
from rich.console import RenderableType
from rich.text import Text

from config.messages import say
from producers.command.exits import Exit
from producers.command.given import Given, named
from producers.command.opened import opened
from producers.command.progress import progress
from producers.command.show import answer, columns
from producers.command.words import both
from producers.verify import Finding, looks, verify

KINDS = ("audit", "notice", "delivery", "duty", "version", "blob", "rendition", "outlet")


@named("verify")
@click.option("--records", is_flag=True, help=both("command.option_records"))
def command(given: Given, records: bool) -> Exit:
    """Look at everything; with ``records`` not at the outlets."""
    seen: Counter[str] = Counter()
    found: list[Finding] = []
    with opened(given) as house:
        total = looks(house, outlets=not records)
        with progress(given, say("command.verifying"), total) as bar:
            for kind, findings in verify(house, outlets=not records):
                seen[kind] += 1
                found += findings
                bar.advance()
    code = Exit.WRONG if found else Exit.DONE
    data = {"exit": code, "looked_at": dict(seen), "findings": [vars(one) for one in found]}
    answer(given, data, *_shown(seen, found))
    return code


def _shown(seen: Counter[str], found: list[Finding]) -> list[RenderableType]:
    table = columns(say("command.column_what"), say("command.column_looked_at"), say("command.column_found"))
    table.columns[1].justify = "right"
    wrong = Counter("outlet" if one.kind == "unreadable" else one.kind for one in found)
    for kind in KINDS:
        if kind in seen:
            verdict = Text(f"✗ {wrong[kind]}", style="red") if wrong[kind] else Text("✓", style="green")
            table.add_row(say(f"command.kind_{kind}"), f"{seen[kind]:,}", verdict)
    lines = [_line(one.where, one.what) for one in found if one.kind != "unreadable"]
    unread = Counter((one.where.partition("/")[0], one.what) for one in found if one.kind == "unreadable")
    lines += [_line(say("command.unread", endpoint=of, count=times), what) for (of, what), times in unread.items()]
    end = Text(say("command.verified_wrong" if found else "command.verified", count=len(found)))
    return [table, *lines, end]


def _line(where: str, what: str) -> Text:
    return Text.assemble(("✗ ", "red"), (where, "bold"), f"　{what}")
