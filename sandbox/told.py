"""Commands to the sandbox: JSON only, for a page elsewhere cannot post that unasked."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from config.messages import say

Command = TypeVar("Command", bound=BaseModel)


async def told(request: Request, model: type[Command]) -> Command:
    """The command in ``request``. Raises ``HTTPException`` with what is wrong with it."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise HTTPException(415, say("sandbox.misbehave_help", problem="Content-Type: application/json"))
    try:
        return model.model_validate_json(await request.body())
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise HTTPException(400, say("sandbox.misbehave_help", problem=problems)) from None
