"""What is wrong with a notice's file: where, what, and what would be right. All of it at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as made_by

from config.messages import Language, say


@dataclass(frozen=True)
class Problem:
    """One mistake. ``key`` names its messages in ``config/messages/notice.toml``: ``KEY`` and ``KEY_fix``."""

    file: str
    line: int  # in the file, from 1
    field: str  # Chinese, as written in the file; nested ones with a dot: 签发.时间
    key: str
    values: dict[str, object] = made_by(default_factory=dict)

    def what(self, lang: Language | None = None) -> str:
        """What is wrong."""
        return say(f"notice.{self.key}", lang, **self.values)

    def fix(self, lang: Language | None = None) -> str:
        """What is allowed, or what to do."""
        return say(f"notice.{self.key}_fix", lang, **self.values)

    def text(self, lang: Language | None = None) -> str:
        """One line for a terminal: ``file:line: field: what. fix``."""
        said: dict[str, object] = {"file": self.file, "line": self.line, "what": self.what(lang), "fix": self.fix(lang)}
        if not self.field:
            return say("notice.problem_bare", lang, **said)
        return say("notice.problem", lang, field=self.field, **said)


class FileRefused(Exception):
    """The file is no notice as it stands; carries every problem found, in the order of the lines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(problem.text("en") for problem in self.problems))


class Wrong(Exception):
    """A value is not what its field takes; ``key`` and ``values`` as in :class:`Problem`."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


def megabytes(size: int) -> str:
    """``size`` in bytes as people say it: 20 MB."""
    return f"{size / 1_048_576:.3g} MB"
