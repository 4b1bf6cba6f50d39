"""One matter, as a program reads it."""

from producers.command.dossier.why import why
from producers.matter_look import Look


def as_data(look: Look) -> dict[str, object]:
    """For the JSON answer."""
    found, window = look.matter, look.matter.window
    return {
        "dossier": found.number,
        "office": found.office,
        "matter": found.name,
        "phase": look.phase,
        "address": look.address,
        "opens_at": window.opens_at if window else None,
        "closes_at": window.closes_at if window else None,
        "feedback_by": window.feedback_by if window else None,
        "exempt": found.acts.exempt,
        "against": look.against,
        "steps": [
            {"step": one.name, "state": one.state, "when": one.when, "notice": one.of.notice if one.of else None}
            for one in look.steps
        ],
        "coming": [
            {"at": one.at, "what": one.what, "why": why(one.occasion, found.patience), "cause": one.cause}
            for one in look.coming
        ],
        "duties": [{"duty": one.id, "rule": one.rule.id, "last": one.last} for one in look.duties],
    }
