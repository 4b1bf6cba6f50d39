"""The least that serves: uvicorn and a page of one word; ``python -m benchmarks.bare_server PORT``."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route


async def hello(_: Request) -> Response:
    return PlainTextResponse("公开")


if __name__ == "__main__":
    uvicorn.run(Starlette(routes=[Route("/", hello)]), host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
