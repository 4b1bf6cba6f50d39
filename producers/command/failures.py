"""Every failure in the words of the person who reads it: what, where, what to do; and its exit code. One place."""

import errno
import json
import os
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from config.messages import catalogue, language, say
from producers.command import usage
from producers.command.exits import Exit

if TYPE_CHECKING:
    from rich.console import Console

    from channels.base import Broken
    from notices.problem import FileRefused
    from producers.rendering import NotFit, Unfit

TRACEBACK = "GONGKAI_TRACEBACK"  # set: an error of the program shows where it happened

# What may be raised on the way, by its full name so that nothing is imported for it, with its exit code and the name
# of its messages: `failure.NAME` says what, `failure.NAME_fix` what to do.
RAISED: Mapping[str, tuple[Exit, str]] = {
    "builtins.UnicodeDecodeError": (Exit.WRONG, "not_text"),
    "config.fonts.FontsMissing": (Exit.CONFIGURATION, "fonts"),
    "config.settings.SettingsError": (Exit.CONFIGURATION, "settings"),
    "notices.calendar.rules.UnknownRule": (Exit.WRONG, "unknown_rule"),
    "notices.problem.FileRefused": (Exit.WRONG, "file"),
    "producers.add_endpoint.BadName": (Exit.WRONG, "bad_name"),
    "producers.add_endpoint.NameTaken": (Exit.WRONG, "name_taken"),
    "producers.add_endpoint.WouldRefuse": (Exit.WRONG, "would_refuse"),
    "producers.change_endpoint.NotNow": (Exit.WRONG, "not_now"),
    "producers.audience_list.NotNumbers": (Exit.WRONG, "not_numbers"),
    "producers.comments.draft.StillOpen": (Exit.WRONG, "still_open"),
    "producers.comments.draft.Undecided": (Exit.WRONG, "undecided"),
    "producers.correct.NotOpen": (Exit.WRONG, "not_open"),
    "producers.correct.NotPublic": (Exit.WRONG, "not_public"),
    "producers.correct.Overtaken": (Exit.WRONG, "overtaken"),
    "producers.in_turn.OutOfNumber": (Exit.WRONG, "out_of_number"),
    "producers.in_turn.OutOfTurn": (Exit.WRONG, "out_of_turn"),
    "producers.index_numbers.IndexTaken": (Exit.WRONG, "index_taken"),
    "producers.keep_secret.SecretExists": (Exit.WRONG, "secret_exists"),
    "producers.lookup.AmbiguousNotice": (Exit.WRONG, "ambiguous_notice"),
    "producers.lookup.UnknownNotice": (Exit.WRONG, "unknown_notice"),
    "producers.matter_acts.BadNumber": (Exit.WRONG, "bad_matter_number"),
    "producers.matter_acts.MatterExists": (Exit.WRONG, "matter_exists"),
    "producers.matter_acts.NotDecided": (Exit.WRONG, "not_decided"),
    "producers.next_bulletin.NotABulletin": (Exit.WRONG, "not_a_bulletin"),
    "producers.publish.NoEndpoint": (Exit.CONFIGURATION, "no_endpoint"),
    "producers.reach.OverCeiling": (Exit.LIMITS, "over_ceiling"),
    "producers.rebuild.NothingWritten": (Exit.WRONG, "nothing_written"),
    "producers.reminding.Nobody": (Exit.CONFIGURATION, "nobody"),
    "producers.remark.BadRemark": (Exit.WRONG, "bad_remark"),
    "producers.rendering.NotFit": (Exit.LIMITS, "not_fit"),
    "producers.second_chance.UnknownLetter": (Exit.WRONG, "unknown_letter"),
    "producers.serve.process.EngineFailed": (Exit.PROGRAM, "engine"),
    "producers.serve.worker.NothingToShare": (Exit.CONFIGURATION, "nothing_to_share"),
    "producers.timed.NoTrigger": (Exit.WRONG, "no_trigger"),
    "producers.tasks.NoTask": (Exit.WRONG, "no_task"),
    "producers.tasks.SeveralTasks": (Exit.USAGE, "several_tasks"),
    "streams.audiences.ErasedMeanwhile": (Exit.WRONG, "erased_meanwhile"),
    "streams.audiences.OfAnotherOffice": (Exit.WRONG, "of_another_office"),
    "streams.audiences.UnknownAudience": (Exit.WRONG, "unknown_audience"),
    "streams.comments.comment.NoComment": (Exit.WRONG, "no_comment"),
    "streams.comments.handle.NotToBeDecided": (Exit.WRONG, "not_to_be_decided"),
    "streams.comments.take.NoWindow": (Exit.WRONG, "no_window"),
    "streams.clock_trust.NotDoubted": (Exit.WRONG, "not_doubted"),
    "streams.confirm.NotReady": (Exit.WRONG, "not_ready"),
    "streams.decide.NotAgain": (Exit.WRONG, "not_again"),
    "streams.decide.NotUnknown": (Exit.WRONG, "not_unknown"),
    "streams.duties.NotInThisState": (Exit.WRONG, "duty_state"),
    "streams.duties.NotOwed": (Exit.WRONG, "not_owed"),
    "streams.embedded.AlreadyRunning": (Exit.RUNNING, "already_running"),
    "streams.endpoints.UnknownEndpoint": (Exit.WRONG, "unknown_endpoint"),
    "streams.kafka.access.Unprepared": (Exit.CONFIGURATION, "access"),
    "streams.kafka.engine.NameTaken": (Exit.RUNNING, "worker_name_taken"),
    "streams.kafka.topics.TopicsDiffer": (Exit.CONFIGURATION, "topics"),
    "streams.matters.UnknownMatter": (Exit.WRONG, "unknown_matter"),
    "streams.seal.BadKey": (Exit.CONFIGURATION, "bad_key"),
    "streams.store.migrate.NewerStore": (Exit.STORE, "newer_store"),
    "streams.store.move.target.TargetUnavailable": (Exit.STORE, "target"),
    "streams.store.moved.MovedStore": (Exit.STORE, "moved_store"),
    "streams.store.moved.UnfinishedMove": (Exit.STORE, "unfinished_move"),
    "streams.store.store.StoreUnavailable": (Exit.STORE, "store"),
    "streams.triggers.NotPlanned": (Exit.WRONG, "not_planned"),
}


@dataclass(frozen=True)
class Failure:
    """What went wrong, each detail of it, and what to do."""

    exit: Exit
    name: str
    what: str
    fix: str
    details: tuple[str, ...] = ()
    problems: tuple[Mapping[str, Any], ...] = ()  # the details, for programs

    def as_data(self) -> dict[str, Any]:
        """For the JSON answer."""
        shown = {"name": self.name, "what": self.what, "fix": self.fix}
        return {**shown, "details": list(self.details), "problems": list(self.problems)}


class Failed(Exception):
    """A command cannot do what was asked: its exit code, the name of its messages, and what is put into them."""

    def __init__(self, exit_: Exit, name: str, details: Sequence[str] = (), /, **values: object) -> None:
        super().__init__(name)
        self.failure = Failure(exit_, name, _say(name, values), _say(f"{name}_fix", values), tuple(details))


def explain(error: Exception) -> Failure:
    """What ``error`` means to the person who asked."""
    if isinstance(error, Failed):
        return error.failure
    if isinstance(error, click.exceptions.Abort):
        return Failed(Exit.INTERRUPTED, "interrupted").failure
    if isinstance(error, click.ClickException):
        return _usage(error)
    if isinstance(error, OSError):
        cause = {"file": error.filename or "–", "cause": _system(error)}
        return Failed(Exit.WRONG, "no_file", **cause).failure
    found = RAISED.get(f"{type(error).__module__}.{type(error).__name__}")
    if found is None:
        if TRACEBACK in os.environ:
            traceback.print_exception(error)
        return Failed(Exit.PROGRAM, "program", kind=type(error).__name__, cause=str(error), variable=TRACEBACK).failure
    code, name = found
    if name == "file":
        return _file(error)  # type: ignore[arg-type]  # its name says what it is
    if name == "not_fit":
        return not_fit(error)  # type: ignore[arg-type]  # likewise
    if name == "unknown_endpoint":
        given, _, names = str(error).partition(": ")
        return Failed(code, name, given=given.strip("'"), names=names.replace(", ", "、") or "–").failure
    if name == "settings":
        lines = str(error).partition(": No such file")[0].splitlines()  # the folder alone, where there is no file
        return Failed(code, _settings(str(error)), lines).failure
    return Failed(code, name, getattr(error, "candidates", ()), cause=str(error)).failure


def tell(error: Exception, args: Sequence[str]) -> Exit:
    """Say what happened on the standard error, or as the JSON answer where ``args`` ask for one."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return Exit.USAGE
    failure = explain(error)
    if "--json" in args:
        answer = {"exit": failure.exit, "error": failure.as_data()}
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
    else:
        show(failure)
    return failure.exit


def show(failure: Failure, of: str = "", err: "Console | None" = None) -> None:
    """The failure on the standard error, or on ``err``; ``of`` is the file it is about, where there are several."""
    from rich.text import Text

    from producers.command.show import aside

    err = err or aside()
    err.print(Text.assemble(("✗ ", "red"), (of and f"{of}  ", "bold"), failure.what), soft_wrap=True)
    for detail in failure.details:
        err.print(Text(f"  {detail}"), soft_wrap=True)
    err.print(Text(f"  → {failure.fix}", style="dim"), soft_wrap=True)


def _file(error: "FileRefused") -> Failure:
    found = [{**_place(one), "what": one.what(), "fix": one.fix()} for one in error.problems]
    what, fix = (_say(name, {"count": len(found)}) for name in ("file", "file_fix"))
    return Failure(Exit.WRONG, "file", what, fix, tuple(one.text() for one in error.problems), tuple(found))


def _place(problem: Any) -> dict[str, Any]:
    return {"file": problem.file, "line": problem.line, "field": problem.field, "key": problem.key}


def not_fit(error: "NotFit") -> Failure:
    """Everything that stands against a message, channel by channel."""
    unready = all(reason.unready for reason in error.reasons)
    code, name = (Exit.CONFIGURATION, "unready") if unready else (Exit.LIMITS, "not_fit")
    told = [one for reason in error.reasons for one in _reasons(reason)]
    texts, problems = tuple(text for text, _ in told), tuple(problem for _, problem in told)
    return Failure(code, name, _say(name, {}), _say(f"{name}_fix", {}), texts, problems)


def _reasons(unfit: "Unfit") -> Iterator[tuple[str, dict[str, Any]]]:
    """What stands against one channel: for people, and for programs."""
    for one in unfit.broken:
        yield _broken(unfit.channel, one)
    for stray in unfit.strays:
        values = {"channel": unfit.channel, "figure": stray.figure, "near": stray.near}
        yield say("failure.stray", **values), values
    if unfit.scope is not None:
        yield say("failure.scope", channel=unfit.channel), {"channel": unfit.channel, "scope": unfit.scope}
    if unfit.unready:
        yield unfit.unready, {"channel": unfit.channel, "unready": unfit.unready}


def _broken(channel: str, one: "Broken") -> tuple[str, dict[str, Any]]:
    english = language() == "en"
    said = {
        "channel": channel,
        "limit": one.limit.label_en if english else one.limit.label,
        "most": one.limit.value,
        "unit": one.limit.unit,
        "actual": one.actual,
        "where": one.where,
        "advice": one.advice_en if english else one.advice,
        "sentence": one.sentence,
    }
    told = say("failure.broken", **said) + (say("failure.sentence", sentence=one.sentence) if one.sentence else "")
    return told, {**said, "limit": one.limit.name, "source": one.limit.source}


def _settings(cause: str) -> str:
    """A data folder without configuration is no mistake in one."""
    return "no_settings" if "gongkai.toml: No such file" in cause else "settings"


def _usage(error: click.ClickException) -> Failure:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "gongkai"
    return Failed(Exit.USAGE, "usage", cause=usage.told(error), command=path).failure


def _system(error: OSError) -> str:
    """What the system said of a file, in the reader's language."""
    name = errno.errorcode.get(error.errno or 0, type(error).__name__)
    key = f"os_{name.lower()}"
    return _say(key, {}) if key in catalogue("failure") else _say("os_other", {"name": name})


def _say(name: str, values: Mapping[str, object]) -> str:
    return say(f"failure.{name}", **values)
