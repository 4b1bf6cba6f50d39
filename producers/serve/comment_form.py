"""``/comment/<notice>``: the form, and what becomes of it when it is sent. Whatever is refused, the text goes back."""

from collections.abc import Iterator, Sequence

from starlette.requests import Request
from starlette.responses import Response

from config import comments as bounds
from producers.comments.form import (
    Token,
    is_answered,
    is_expired,
    is_too_fast,
    is_worked,
    new_token,
    receipt_of,
    token_of,
)
from producers.comments.rates import site
from producers.comments.written import Written, Wrong
from producers.persons_key import seal_of
from producers.serve.comment_pages import Asked, asked_about
from producers.serve.forms import Forms, after, page
from streams.comments.comment import Comment, Person, by_receipt
from streams.comments.take import NoWindow, OutOfTime, Said, SentBefore, take
from streams.seal import Seal


class CommentForm:
    """Answers one address."""

    def __init__(self, forms: Forms) -> None:
        self._forms = forms
        self._house = forms.house

    async def __call__(self, request: Request) -> Response:
        """The form, or the answer to one."""
        name, said = request.path_params["notice"], Written()
        if request.method == "POST":
            sent = await self._forms.written(request)
            if isinstance(sent, Response):
                return sent
            said = sent
        try:
            seal = await self._forms.read(seal_of, self._house)
            if request.method == "POST":
                return await self._sent(request, seal, name, said)
            return await self._asked_for(seal, name)
        except Exception as error:  # whatever it is, the text goes back
            return await self._forms.not_now(error, said.text)

    async def _asked_for(self, seal: Seal, name: str) -> Response:
        asked, _ = await self._forms.read(self._before, seal, name, Written())
        if asked is None:
            return await self._forms.refused("missing", 404)
        now, window = self._house.clock.now(), asked.window
        if window is None or not window.is_open(now):
            early = window is not None and now < window.opens_at
            return page(self._forms.pages.closed(asked, now, ""), 200 if early else 410)
        return page(self._forms.pages.form(asked, seal, new_token(seal, name, now), Written(), ()))

    async def _sent(self, request: Request, seal: Seal, name: str, said: Written) -> Response:
        asked, before = await self._forms.read(self._before, seal, name, said)
        if asked is None:
            return await self._forms.refused("missing", 404, said.text)
        token = token_of(seal, said.form, name)
        if token and before and before.text == said.text:  # sent twice: as it was answered the first time
            return page(self._forms.pages.taken(asked, before, receipt_of(seal, token)))
        if asked.window is None or not asked.window.is_open(self._house.clock.now()):
            return self._late(asked, said)
        wrong = list(self._wrong(seal, token, said, before))
        if wrong or token is None:
            return self._again(asked, seal, said, wrong, 409 if before else 400)
        if wait := self._wait(request, token, said, asked):
            often = Wrong("text", "often", {"minutes": -(-int(wait + 1) // 60)})
            return self._again(asked, seal, said, [often], 429, wait)
        try:
            taken = await self._forms.write(self._take, seal, asked, said, receipt_of(seal, token))
        except (NoWindow, OutOfTime):
            now, _ = await self._forms.read(self._before, seal, name, said)
            return self._late(now or asked, said)
        except SentBefore:
            return self._again(asked, seal, said, [Wrong("text", "sent", {})], 409)
        return page(self._forms.pages.taken(asked, taken, receipt_of(seal, token)))

    def _before(self, seal: Seal, name: str, said: Written) -> tuple[Asked | None, Comment | None]:
        """What is asked, and the comment that this very form became when it was sent before."""
        token = token_of(seal, said.form, name)
        return self._house.store.read(
            lambda connection: (
                asked_about(connection, self._house, name),
                by_receipt(connection, seal, receipt_of(seal, token)) if token else None,
            )
        )

    def _take(self, seal: Seal, asked: Asked, said: Written, receipt: str) -> Comment:
        wanted = Said(asked.office, asked.number, said.text, Person(said.name, said.contact), clause=said.clause)
        keep = self._house.configuration.comments.keep_days
        return self._house.store.write(lambda tx: take(tx, seal, wanted, receipt=receipt, keep_days=keep))

    def _wrong(self, seal: Seal, token: Token | None, said: Written, before: Comment | None) -> Iterator[Wrong]:
        """Everything that keeps the form from being taken as it is."""
        now = self._house.clock.now()
        if before is not None:
            yield Wrong("text", "sent", {})
            return
        yield from said.wrong()
        if token is None:
            yield Wrong("text", "form", {})
        elif is_expired(token, now, bounds.form()):
            yield Wrong("text", "expired", {})
        elif is_worked(token, said.work, bounds.work()):
            return
        elif not is_answered(seal, token, said.answer):
            yield Wrong("answer", "answer", {})
        elif is_too_fast(token, now, bounds.form()):
            yield Wrong("text", "fast", {})

    def _wait(self, request: Request, token: Token, said: Written, asked: Asked) -> float:
        """How many seconds he has to wait; 0: it is counted."""
        address, window = self._forms.client(request), f"{asked.office}/{asked.number}"
        by = {"address": address, "site": site(address), "window": window}
        of = list(by.items())
        if not is_worked(token, said.work, bounds.work()):
            of += [(f"{name}_plain", one) for name, one in by.items()]
        return self._forms.rates.wait(self._house.clock.now(), of, once=token.nonce)

    def _late(self, asked: Asked, said: Written) -> Response:
        now = self._house.clock.now()
        early = asked.window is not None and now < asked.window.opens_at
        return page(self._forms.pages.closed(asked, now, said.text), 403 if early else 410)

    def _again(
        self, asked: Asked, seal: Seal, said: Written, wrong: Sequence[Wrong], status: int, wait: float = 0
    ) -> Response:
        """The form with all that was written, and good for another time."""
        token = new_token(seal, asked.notice, self._house.clock.now())
        return page(self._forms.pages.form(asked, seal, token, said, wrong), status, after(wait) if wait else None)
