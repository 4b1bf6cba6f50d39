"""Jinja2 that writes typst: whatever a template prints arrives as a typst literal, never as markup or code."""

from collections.abc import Mapping, Sequence
from functools import cache
from math import isfinite

from jinja2 import Environment, PackageLoader, StrictUndefined, Undefined

ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
INVISIBLE = frozenset(
    [*range(0x20), *range(0x7F, 0xA0), 0x061C, *range(0x200B, 0x2010), *range(0x2028, 0x2030), *range(0x2060, 0x2070)]
)  # controls, zero-width, and what turns the direction of writing: the reader of the source must see them


def typst_literal(value: object) -> str:
    """``value`` as a typst literal: none, booleans, numbers, texts, arrays and dictionaries of these.

    Raises ``UndefinedError`` for a value that is not there, ``TypeError`` for anything else: a template can print
    nothing that typst would read as code.
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) or (isinstance(value, float) and isfinite(value)):
        return repr(value)
    if isinstance(value, str):
        return '"' + "".join(_escaped(character) for character in value) + '"'
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{typst_literal(str(key))}: {typst_literal(item)}" for key, item in value.items())
        return f"({pairs or ':'})"
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return "(" + "".join(f"{typst_literal(item)}, " for item in value) + ")"
    if isinstance(value, Undefined):
        str(value)  # says which
    raise TypeError(f"{type(value).__name__} is no typst literal")


def _escaped(character: str) -> str:
    if character in ESCAPES:
        return ESCAPES[character]
    return f"\\u{{{ord(character):x}}}" if ord(character) in INVISIBLE else character


@cache
def environment(folder: str) -> Environment:
    """The environment of ``templates/<folder>``: ``<< >>`` prints, ``<% %>`` steers, ``<# #>`` remarks."""
    return Environment(
        loader=PackageLoader("templates", folder),
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        undefined=StrictUndefined,
        finalize=typst_literal,
        autoescape=False,  # noqa: S701 - not HTML: `finalize` quotes every expression, and nothing switches it off
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def source(folder: str, template: str, /, **values: object) -> str:
    """The typst source that ``template`` in ``templates/<folder>`` makes of ``values``."""
    return environment(folder).get_template(template).render(**values)
