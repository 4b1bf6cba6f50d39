"""What a person gives as a reason, a basis or a name: words that can be read, and never nothing."""

from typing import Any

import click

from producers.remark import BadRemark, remark


class Reason(click.ParamType):
    """Text without blanks around it."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The same holds for it as for a remark to readers; blanks are nothing. Raises ``click.BadParameter``."""
        if not str(value).strip():
            raise click.MissingParameter(ctx=ctx, param=param)
        try:
            return remark(str(value))
        except BadRemark as bad:
            self.fail(f"{value!r}: {bad}", param, ctx)


REASON = Reason()
