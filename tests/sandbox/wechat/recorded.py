"""The examples of the page of ``stable_token``, as they were taken down."""

import json
import tomllib
from pathlib import Path
from typing import Any

PAGE: dict[str, Any] = tomllib.loads(Path(__file__).with_name("stable_token.toml").read_text("utf-8"))
METHOD, ADDRESS = PAGE["method"], PAGE["address"]
UNSAID, UNFORCED, FORCED = PAGE["example"]  # `force_refresh` is not said, is false, is true


def request_of(example: dict[str, Any], **instead: str) -> dict[str, Any]:
    """What is asked, with stand-ins of the page replaced by what stands for them here."""
    said: dict[str, Any] = json.loads(example["request"])
    return {name: instead.get(value, value) if isinstance(value, str) else value for name, value in said.items()}


def answer_of(example: dict[str, Any]) -> dict[str, Any]:
    """What is answered."""
    found: dict[str, Any] = json.loads(example["answer"])
    return found
