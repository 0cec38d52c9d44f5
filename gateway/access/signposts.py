"""Finding a door among hundreds: by the first two words of a path, before every door is asked in turn.

FastAPI asks each router it includes for each request, and each router its routes: with forty of them that takes as
long as a small page does.
"""

from fastapi import FastAPI
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

HERE = "shaodian.door"


def _words(path: str) -> tuple[str, ...]:
    return tuple(path.split("/", 3)[1:3])


class Signpost(BaseRoute):
    """Stands before the doors. It points only to the one that would have been found; where it knows none, all are
    asked as ever."""

    def __init__(self, doors: list[BaseRoute]) -> None:
        self._doors: dict[tuple[str, ...], list[BaseRoute]] = {}
        paths = [(door, _words(one.path)) for door in doors for one in door.effective_route_contexts()]  # type: ignore[attr-defined]
        plain = {words for _, words in paths if not any("{" in word for word in words)}
        for words in plain:
            fitting = {id(door): door for door, others in paths if _may_fit(words, others)}
            self._doors[words] = list(fitting.values())

    def effective_route_contexts(self) -> tuple[()]:
        """It has no routes of its own."""
        return ()

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http":
            for door in self._doors.get(_words(scope["path"]), ()):
                match, child = door.matches(scope)
                if match is Match.FULL:
                    return match, {**child, HERE: door}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope[HERE].handle(scope, receive, send)


def _may_fit(words: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Whether a path of these first words may be one of a route that begins so."""
    if any(":path" in word for word in path):
        return True
    return len(path) == len(words) and all("{" in one or one == word for word, one in zip(words, path, strict=True))


def signposted(app: FastAPI) -> FastAPI:
    doors = [route for route in app.router.routes if hasattr(route, "effective_route_contexts")]
    app.router.routes.insert(0, Signpost(doors))
    return app
