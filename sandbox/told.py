"""Commands to the sandbox: JSON only, for a page elsewhere cannot post that unasked."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from config.messages import say

MOST = 1_048_576  # bytes of a command: outcomes may be said of many numbers
Command = TypeVar("Command", bound=BaseModel)


async def body_of(request: Request, most: int) -> bytes:
    """The body, of at most so many bytes. Raises ``HTTPException`` for more."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            raise HTTPException(413, say("sandbox.too_large", most=most))
    return body


async def told(request: Request, model: type[Command]) -> Command:
    """The command in ``request``. Raises ``HTTPException`` with what is wrong with it."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise HTTPException(415, say("sandbox.misbehave_help", problem="Content-Type: application/json"))
    try:
        return model.model_validate_json(await body_of(request, MOST))
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise HTTPException(400, say("sandbox.misbehave_help", problem=problems)) from None
