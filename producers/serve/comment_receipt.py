"""``/comment/receipt``: whoever has a receipt number reads what became of the comment, or takes it back in time."""

from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response

from notices.receipt_number import recognised
from producers.comments.written import Written
from producers.persons_key import seal_of
from producers.serve.forms import Forms, after, page
from streams.comments.comment import Comment, by_receipt, comment_of
from streams.comments.take import NoWindow, OutOfTime, take_back
from streams.seal import Seal


class CommentReceipt:
    """Answers one address. A number that is none and one of no comment are answered alike."""

    def __init__(self, forms: Forms) -> None:
        self._forms = forms
        self._house = forms.house

    async def __call__(self, request: Request) -> Response:
        """Where it is entered, or what it leads to."""
        said = await self._forms.written(request) if request.method == "POST" else None
        if isinstance(said, Response):
            return said
        try:
            return await self._found(request, said) if said else page(await self._forms.read(self._forms.pages.find))
        except Exception as error:  # whatever it is, no log quotes a receipt
            return await self._forms.not_now(error)

    async def _found(self, request: Request, said: Written) -> Response:
        pages = self._forms.pages
        if wait := self._forms.rates.wait(self._house.clock.now(), [("receipts", self._forms.client(request))]):
            return page(await self._forms.read(pages.find, wait=wait, written=said.receipt), 429, after(wait))
        seal = await self._forms.read(seal_of, self._house)
        number = recognised(said.receipt)
        found = await self._forms.read(self._by_receipt, seal, number or "")
        if found is None or number is None:
            return page(await self._forms.read(pages.find, unknown=True, written=said.receipt), 404)
        asks = said.act == "withdraw"
        if asks and said.sure:
            with suppress(NoWindow, OutOfTime):  # the page says that it is too late
                await self._forms.write(self._take_back, found.id)
            found = await self._forms.read(self._comment, found.id)
        return page(await self._forms.read(pages.found, found, number, unsure=asks and not said.sure))

    def _by_receipt(self, seal: Seal, number: str) -> Comment | None:
        return self._house.store.read(lambda connection: by_receipt(connection, seal, number))

    def _comment(self, name: str) -> Comment:
        return self._house.store.read(lambda connection: comment_of(connection, name))

    def _take_back(self, name: str) -> Comment:
        return self._house.store.write(lambda tx: take_back(tx, name))
