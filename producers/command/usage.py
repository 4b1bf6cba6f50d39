"""A mistake in the command line, in the reader's language; what click says itself is English."""

import re

import click

from config.messages import language, say


def told(error: click.ClickException) -> str:
    """What is wrong with the command line."""
    if language() == "en":
        return error.format_message()
    match error:
        case click.MissingParameter():
            return say("failure.usage_missing", what=_name(error))
        case click.NoSuchOption():
            return say("failure.usage_no_option", what=error.option_name)
        case click.BadOptionUsage():
            return say("failure.usage_missing", what=f"{error.option_name} …")
        case click.BadParameter():
            given = re.match(r"'([^']*)'|(\S+)", error.message)
            allowed = _allowed(error.param.type) if error.param else ""
            behind = say("failure.usage_allowed", allowed=allowed) if allowed else ""
            value = (given[1] or given[2]) if given else ""
            return say("failure.usage_value", what=_name(error), given=value, allowed=behind)
    if extra := re.fullmatch(r"Got unexpected extra arguments? \((.*)\)", error.message):
        return say("failure.usage_extra", what=extra[1])
    if unknown := re.match(r"No such command '(.*)'", error.message):
        return say("failure.usage_no_command", what=unknown[1])
    return error.format_message()  # our own words


def _name(error: click.BadParameter) -> str:
    if error.param is None:
        return str(error.param_hint or "")
    return error.param.opts[-1] if isinstance(error.param, click.Option) else error.param.make_metavar(_context(error))


def _context(error: click.BadParameter) -> click.Context:
    assert error.ctx is not None  # a parameter was read in one
    return error.ctx


def _allowed(of: click.ParamType) -> str:
    match of:
        case click.Choice():
            return "、".join(map(str, of.choices))
        case click.DateTime():
            return getattr(of, "allowed", "2026-11-24 08:00")
        case click.IntRange() | click.FloatRange():
            if of.max is None:
                return f"> {of.min}" if of.min_open else f"≥ {of.min}"
            return f"{of.min}–{of.max}"
    return str(getattr(of, "allowed", ""))
