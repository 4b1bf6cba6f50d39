"""The robots as routes: WeCom's interface for programs, and the chat of each group for people."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from config.clock import Clock
from config.messages import say
from sandbox.chat import render_group
from sandbox.misbehave import How, plain_status, treated
from sandbox.outlet import Outlet, secret_of
from sandbox.page import HEADERS
from sandbox.told import body_of
from sandbox.wecom import PATH, WORDS, Group, answer, new_key

MOST = 65_536  # bytes of a request


@dataclass
class Robot(Outlet):
    """The robot of one group; ``title`` is the group's name, the secret is its key."""

    codes: ClassVar[str] = r"-?[0-9]+"

    group: Group

    @classmethod
    def open(cls, name: str, title: str, home: Path, secrets: Path) -> "Robot":
        """The robot as its folder has it; a key is made when there is none yet."""
        home.mkdir(parents=True, exist_ok=True)
        return cls(name, title, secret_of(secrets, name, new_key), Group(home / f"{name}.jsonl"))

    def close(self) -> None:
        """Close its file."""
        self.group.close()


class Robots:
    """The routes over them."""

    def __init__(self, robots: Mapping[str, Robot], clock: Clock) -> None:
        self._robots = robots
        self._clock = clock
        self.routes = [
            Route(PATH, self.send, methods=["POST"]),
            Route("/group/{name}", self.show),
            Route("/group/{name}/messages.json", self.export),
            Route("/group/{name}/changes", self.changes),
        ]

    async def send(self, request: Request) -> Response:
        """Say it in the group whose key it is, or treat it as the robot was told to."""
        key, now = request.query_params.get("key", ""), self._clock.now()
        robot = next((one for one in self._robots.values() if key and one.secret_file.read_text().strip() == key), None)
        if robot is None:
            return _answered(answer(93000, WORDS[93000], now))
        command = robot.conduct.next()
        try:
            if command.how is How.STATUS:
                return plain_status(command)
            if command.how is How.CODE:
                code = int(command.code)
                return _answered(answer(code, WORDS.get(code, "error"), now))
            said = robot.group.say(await body_of(request, MOST), now)
        finally:
            await robot.live.say_changed()
        answered = _answered(answer(said.errcode, said.errmsg, now))
        return await treated(command, answered) if said.errcode == 0 else answered

    async def show(self, request: Request) -> Response:
        """The chat as a member sees it."""
        return HTMLResponse(render_group(self._robot(request), str(request.base_url)), headers=HEADERS)

    async def export(self, request: Request) -> Response:
        """The same for programs, with what was refused."""
        lines = [asdict(line) for line in self._robot(request).group.lines]
        return JSONResponse({"lines": lines}, headers={"cache-control": "no-store"})

    async def changes(self, request: Request) -> Response:
        """Server-sent events: one at each change."""
        return self._robot(request).live.changes()

    def _robot(self, request: Request) -> Robot:
        name = request.path_params["name"]
        if name not in self._robots:
            raise HTTPException(404, say("sandbox.no_robot", name=name, there_are=", ".join(self._robots)))
        return self._robots[name]


def _answered(body: dict[str, object]) -> Response:
    return Response(json.dumps(body), media_type="application/json; charset=UTF-8")
