"""Duties that events begin: where each came from and what ended it, and what notices are tied to."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SAID = "select id, subject, office, content from message where kind = 'version' and id > :after order by id limit 100"
TIE = sa.text(
    'insert into tie (message, type, "to", subject, kind, office)'
    " values (:message, :type, :to, :subject, :kind, :office)"
)


def upgrade() -> None:
    """Add table and columns, and write down what the messages so far tie together."""
    op.create_table(
        "tie",
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("to", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("message", "type", "to"),
    )
    op.create_index("tie_to", "tie", ["to", "office"])
    op.create_index("tie_by_subject", "tie", ["subject"])
    for name in ("begun", "notice", "ended_by"):
        op.add_column("duty", sa.Column(name, sa.Text()))
    op.create_index("duty_of_notice", "duty", ["notice"])
    connection, after = op.get_bind(), ""
    while rows := connection.execute(sa.text(SAID), {"after": after}).all():
        after = rows[-1].id
        if ties := [tie for row in rows for tie in _ties(row)]:
            connection.execute(TIE, ties)


def _ties(row: sa.Row) -> list[dict[str, str]]:  # type: ignore[type-arg]  # of text
    """What a message's text said, as it was written then."""
    version = json.loads(row.content).get("version", {})
    found = {(one["type"], one["notice"]) for one in version.get("relations", ()) if one.get("notice")}
    number = version.get("fields", {}).get("dossier")
    if number and len(number) <= 200:
        found.add(("dossier", number))
    of = {"message": row.id, "subject": row.subject, "kind": version.get("kind", ""), "office": row.office}
    return [{**of, "type": type_, "to": to} for type_, to in sorted(found)]
