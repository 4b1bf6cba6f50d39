"""Lanes: what is chosen, and that a lane always comes to its end without ever spinning or overtaking."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from channels.base import Accepted, Answer, Outcome, TryAgain, Work
from streams.breaker import Breaker, after_failure, after_success, probe_at, rests_until
from streams.lanes import Choice, Subjects, Waiting, choose, due_after
from tests.streams.doubles import takes_it
from tests.streams.hosts import Host
from tests.streams.installation import Installation
from tests.streams.test_engine_conformance import settle_for

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SUBJECTS = "abc"


def seconds(low: int, high: int) -> st.SearchStrategy[datetime]:
    """Instants around now."""
    return st.integers(low, high).map(lambda value: NOW + timedelta(seconds=value))


@st.composite
def lanes(draw: st.DrawFn) -> list[Waiting]:
    """What may wait in a lane: several messages of a subject, some of them accepted and to be asked about."""
    keys = draw(st.lists(st.tuples(st.sampled_from(SUBJECTS), st.integers(1, 4)), max_size=8, unique=True))
    waiting = []
    for number, (subject, sequence) in enumerate(sorted(keys, key=lambda key: key[1])):
        for part in range(draw(st.integers(1, 2))):
            waiting.append(
                Waiting(
                    delivery=f"d{number}",
                    number=part,
                    sequence=number + 1,
                    subject=subject,
                    subject_sequence=sequence,
                    state=draw(st.sampled_from([Outcome.PLANNED, Outcome.PLANNED, Outcome.ACCEPTED])),
                    due_at=draw(seconds(-60, 60)),
                    expires_at=draw(st.none() | seconds(-60, 60)),
                )
            )
    return draw(st.permutations(waiting))


@st.composite
def subjects(draw: st.DrawFn, waiting: list[Waiting]) -> Subjects:
    """What the endpoint has of them, the other lane included."""
    newest: dict[str, int] = {}
    oldest: dict[str, int] = {}
    for w in waiting:
        newest[w.subject] = max(newest.get(w.subject, 0), w.subject_sequence)
        if w.state is Outcome.PLANNED:
            oldest[w.subject] = min(oldest.get(w.subject, 99), w.subject_sequence)
    for subject in SUBJECTS:
        if subject in newest:
            newest[subject] += draw(st.sampled_from([0, 0, 1]))
        if subject in oldest:
            oldest[subject] -= draw(st.sampled_from([0, 0, 1]))
    return Subjects(newest, oldest, draw(st.frozensets(st.sampled_from(SUBJECTS), max_size=1)))


breakers = st.sampled_from(
    [
        Breaker(),
        Breaker(ramp=1),
        Breaker(failures=2, failing_since=NOW, ramp=16),
        Breaker(failures=9, failing_since=NOW, opened_at=NOW, probes=3),
    ]
)
situations = lanes().flatmap(lambda waiting: st.tuples(st.just(waiting), subjects(waiting)))
not_befores = st.none() | seconds(-60, 60)


@given(situations, breakers, st.booleans(), not_befores)
def test_what_is_chosen_may_be_sent(
    situation: tuple[list[Waiting], Subjects], breaker: Breaker, supersedes: bool, not_before: datetime | None
) -> None:
    waiting, of = situation
    choice = choose(waiting, of, breaker, now=NOW, supersedes=supersedes, not_before=not_before)

    assert choice.send not in (*choice.superseded, *choice.expired)
    assert {w.key for w in choice.expired} == {w.key for w in waiting if w.expires_at and w.expires_at <= NOW}
    if (w := choice.send) is not None:
        assert w.subject not in of.in_flight
        assert not_before is None or not_before <= NOW
        assert w.due_at <= NOW or (breaker.is_open and w.state is Outcome.PLANNED)
        if supersedes and w.state is Outcome.PLANNED:
            assert w.subject_sequence >= of.newest[w.subject], "a newer one is known: the old one may not go out"
        if not supersedes:
            assert w.subject_sequence <= of.oldest_waiting.get(w.subject, w.subject_sequence), "it waits its turn"
    for w in choice.superseded:
        assert supersedes
        assert w.state is Outcome.PLANNED
        assert w.subject_sequence < of.newest[w.subject]


@given(situations, breakers, st.booleans())
def test_the_lanes_order_is_kept(situation: tuple[list[Waiting], Subjects], breaker: Breaker, supersedes: bool) -> None:
    """Nothing that could go as well stays behind something later: with what is sent gone, only later ones follow.

    What is to be sent comes before what is to be asked about.
    """
    waiting, of = situation
    left, order = list(waiting), []
    while (w := choose(left, of, breaker, now=NOW, supersedes=supersedes).send) is not None:
        order.append((w.state is not Outcome.PLANNED, w.sequence, w.number))
        left.remove(w)
    assert order == sorted(order)


@given(situations, breakers, st.booleans(), not_befores)
def test_a_lane_is_due_at_once_only_when_something_can_be_done(
    situation: tuple[list[Waiting], Subjects], breaker: Breaker, supersedes: bool, not_before: datetime | None
) -> None:
    waiting, of = situation
    choice = choose(waiting, of, breaker, now=NOW, supersedes=supersedes, not_before=not_before)
    due = due_after(choice, breaker, not_before, NOW)
    if due is None:
        assert not choice.send
        assert {w.key for w in waiting} <= {w.key for w in waiting if blocked(w, waiting, of)}
    elif due <= NOW:
        assert choice.send or choice.superseded or choice.expired
    if due is not None and not_before is not None:
        assert due >= not_before
    if due is not None and breaker.is_open:
        assert due >= probe_at(breaker, NOW)


def blocked(part: Waiting, waiting: list[Waiting], of: Subjects) -> bool:
    """Behind an older one of its subject that waits here too: that one wakes the lane."""
    return any(w.subject == part.subject and w.subject_sequence < part.subject_sequence for w in waiting)


# -- a lane over time ------------------------------------------------------------------------------


@dataclass
class World:
    """A lane and its outlet, without the database: what ``streams.deliver`` does with the decisions."""

    supersedes: bool
    answers: list[str]  # what the outlet says, one after another; "ok" when they are used up
    now: datetime = NOW
    breaker: Breaker = field(default_factory=Breaker)
    not_before: datetime | None = None
    waiting: dict[tuple[str, int], Waiting] = field(default_factory=dict)
    newest: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    sent: list[Waiting] = field(default_factory=list)
    dropped: list[Waiting] = field(default_factory=list)

    def arrive(self, part: Waiting) -> None:
        """A new message takes its place in the lane."""
        self.waiting[part.key] = part
        self.newest[part.subject] = max(self.newest[part.subject], part.subject_sequence)

    def choose(self) -> Choice:
        """The decision as things stand."""
        unsent = [w for w in self.waiting.values() if w.state is Outcome.PLANNED]
        oldest = {w.subject: min(u.subject_sequence for u in unsent if u.subject == w.subject) for w in unsent}
        return choose(
            list(self.waiting.values()),
            Subjects(self.newest, oldest, ()),
            self.breaker,
            now=self.now,
            supersedes=self.supersedes,
            not_before=self.not_before,
        )

    def work(self) -> datetime | None:
        """One turn; when the next one is due."""
        choice = self.choose()
        for w in (*choice.superseded, *choice.expired):
            del self.waiting[w.key]
            self.dropped.append(w)
        if choice.send is not None:
            self._send(choice.send)
        return due_after(self.choose(), self.breaker, self.not_before, self.now)

    def _send(self, w: Waiting) -> None:
        answer = self.answers.pop() if self.answers else "ok"
        self.sent.append(w)
        match answer:
            case "ok":
                del self.waiting[w.key]
                self._well()
            case "ask again":
                self.waiting[w.key] = replace(w, state=Outcome.ACCEPTED, due_at=self.now + timedelta(seconds=30))
                self._well()
            case "down":
                self.waiting[w.key] = replace(w, due_at=self.now + timedelta(seconds=120))
                self.breaker = after_failure(self.breaker, self.now)
            case "throttled":
                self.waiting[w.key] = replace(w, due_at=self.now + timedelta(seconds=10))
                self.not_before = self.now + timedelta(seconds=40)
                self.breaker = after_failure(self.breaker, self.now)

    def _well(self) -> None:
        self.breaker = after_success(self.breaker)
        self.not_before = rests_until(self.breaker, self.now)


@st.composite
def arrivals(draw: st.DrawFn) -> list[tuple[int, Waiting]]:
    """Messages with the turn they arrive after; the sequences of a subject rise, as the store makes sure."""
    next_of: dict[str, int] = defaultdict(int)
    found = []
    for number, subject in enumerate(draw(st.lists(st.sampled_from(SUBJECTS), min_size=1, max_size=8))):
        next_of[subject] += 1
        expires = draw(st.none() | st.integers(1, 600).map(lambda value: NOW + timedelta(seconds=value)))
        for part in range(draw(st.integers(1, 2))):
            made = Waiting(
                f"d{number}", part, number + 1, subject, next_of[subject], Outcome.PLANNED, NOW, expires_at=expires
            )
            found.append((draw(st.integers(0, 3)) + number, made))
    return found


answers = st.lists(st.sampled_from(["ok", "ask again", "down", "down", "throttled"]), max_size=12)


@given(arrivals(), answers, st.booleans())
def test_every_lane_comes_to_its_end_in_order(
    coming: list[tuple[int, Waiting]], script: list[str], supersedes: bool
) -> None:
    world = World(supersedes, script)
    coming = sorted(coming, key=lambda pair: (pair[1].sequence, pair[0]))  # the log's order
    parts = [part for _, part in coming]
    turns = idle = 0
    while coming or world.waiting:
        turns += 1
        assert turns < 400, "the lane never comes to its end"
        while coming and coming[0][0] <= turns:
            world.arrive(replace(coming.pop(0)[1], due_at=world.now))
        stood = (len(world.sent), len(world.dropped))
        due = world.work()
        idle = 0 if (len(world.sent), len(world.dropped)) != stood else idle + 1
        assert idle < 3 or coming, "the lane spins: it was due and there was nothing to do"
        assert due is not None or not world.waiting, "something waits and nobody would look at it"
        if due is not None:
            world.now = max(world.now, due)

    assert {w.key for w in parts} == {w.key for w in (*world.sent, *world.dropped)}
    for subject in SUBJECTS:
        order = [w.subject_sequence for w in world.sent if w.subject == subject and w.state is Outcome.PLANNED]
        assert order == sorted(order), "an older one followed a newer one"
    assert not any(w.expires_at and w.expires_at <= NOW for w in world.sent)
    if not supersedes:
        assert all(w.expires_at for w in world.dropped), "everything is said that has not expired"


@given(arrivals(), answers)
def test_what_is_superseded_has_its_newer_one(coming: list[tuple[int, Waiting]], script: list[str]) -> None:
    world = World(True, script)
    for _, part in coming:
        world.arrive(replace(part, expires_at=None))
    for _ in range(200):
        due = world.work()
        if due is None:
            break
        world.now = max(world.now, due)
    assert not world.waiting
    for subject, newest in world.newest.items():
        last = [w.subject_sequence for w in world.sent if w.subject == subject]
        assert last[-1] == newest, "the newest is what the outlet has in the end"
    assert all(w.subject_sequence < world.newest[w.subject] for w in world.dropped)


# -- over the store: what a turn looks at ----------------------------------------------------------


def test_many_that_wait_behind_one_hide_nothing_from_the_probe(here: Installation, host: Host) -> None:
    """A partner that wants every version: the first of many waits for hours, and the outlet comes back."""
    here.endpoint("archive", "audit")
    back = here.clock.now() + timedelta(minutes=20)

    def down(step: str, work: Work) -> Answer:
        if here.clock.now() < back:
            raise TryAgain("connection refused")
        return takes_it(step, work)

    here.witness.behaviours["archive"] = down
    here.release("a", channels=("audit",))
    host.settle()
    settle_for(here, host, 300)
    for number in range(2, 30):
        here.release("a", number=number, channels=("audit",))
    here.release("b", channels=("audit",))
    while here.clock.now() < back:
        settle_for(here, host, 15, step=15)
    settle_for(here, host, 60)
    assert here.witness.sequences("archive", "a") == list(range(1, 30))
    assert here.states("b") == {"archive": ["delivered"]}


def test_a_new_one_waits_for_no_question(here: Installation, host: Host) -> None:
    """A site that nobody can read back: while one page is asked about, the next is due to be asked about again.

    What was due before the new one was released is no reason to keep it waiting either.
    """
    here.endpoint("site", "state", steps=["write", "read back"])
    older = [f"old-{number}" for number in range(10)]
    said: list[str] = []

    def unreadable(step: str, work: Work) -> Answer:
        said.append(f"{step} {work.message.subject}")
        if step == "read back":
            here.clock.set(here.clock.now() + timedelta(seconds=1))
            if len(said) > 200:
                return Accepted()
        return Accepted(ask_again_at=here.clock.now() + timedelta(seconds=1), scratch={"done": ["write"]})

    here.witness.behaviours["site"] = unreadable
    for subject in older:
        here.release(subject, channels=("state",))
    host.settle()
    here.clock.set(here.clock.now() + timedelta(seconds=10))
    asked = len(said)
    here.release("new", channels=("state",))
    host.settle()
    assert sorted(said[:10]) == [f"write {subject}" for subject in older]
    assert said.index("write new") == asked
    assert len(said) > asked + 1, "and then they are asked about"
