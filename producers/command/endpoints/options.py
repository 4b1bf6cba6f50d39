"""A channel's options as they are given to a command, and what is wrong with them."""

import json
from typing import Any

import click
from pydantic import ValidationError

from config.messages import say


def option(given: str) -> tuple[str, Any]:
    """``KEY=VALUE``; a list or a table is written in JSON."""
    key, equals, value = given.partition("=")
    if not equals or not key:
        raise click.UsageError(say("command.option_form", given=given))
    if not value.startswith(("[", "{")):
        return key, value
    try:
        return key, json.loads(value)
    except json.JSONDecodeError as error:
        raise click.UsageError(f"--option {key}: {error}") from None


def explained(error: ValidationError) -> list[str]:
    """What is wrong with each."""
    return [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
