"""What the client makes of answers, problems and silence."""

from datetime import UTC, datetime
from uuid import uuid4

import httpx2
import pytest

from bot.errors import AlreadyResolved, NotAccepted, NotAllowed, NotDelivered, NotFound, NotUnderstood
from bot.gateway_client import GatewayClient, ReportIn


class Stub:
    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx2.Request] = []
        self.rests: list[float] = []

    def client(self) -> GatewayClient:
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(self.answer), base_url="http://gateway")
        return GatewayClient(http, "secret", rest=self.rest).acting_for("telegram:42")

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def rest(self, seconds: float) -> None:
        self.rests.append(seconds)


def a_report() -> ReportIn:
    return ReportIn.model_validate(
        {
            "instance_id": uuid4(),
            "form": "arrived",
            "form_version": 1,
            "answers": {"at": datetime(2021, 1, 1, tzinfo=UTC).isoformat()},
        }
    )


def problem(name: str, status: int) -> httpx2.Response:
    return httpx2.Response(status, json={"type": f"urn:shaodian:problem:{name}", "detail": "why", "errors": []})


RECEIVED = httpx2.Response(
    201, json={"id": str(uuid4()), "reference": "R-1", "duplicate": False, "outcome": {"reference": "R-1"}}
)


async def test_a_lost_connection_is_tried_again_with_the_same_key() -> None:
    stub = Stub(httpx2.ConnectError("x"), httpx2.ReadTimeout("x"), RECEIVED)
    report = a_report()

    assert (await stub.client().report(report)).reference == "R-1"
    assert {request.headers["Idempotency-Key"] for request in stub.requests} == {str(report.instance_id)}
    assert len({request.content for request in stub.requests}) == 1
    assert stub.rests == [0.2, 0.8]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_busy_gateway_is_tried_again_and_then_named(status: int) -> None:
    stub = Stub(*[httpx2.Response(status) for _ in range(3)])

    with pytest.raises(NotDelivered):
        await stub.client().me()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (problem("alert-already-resolved", 409), AlreadyResolved),
        (problem("not-found", 404), NotFound),
        (problem("unauthorised", 401), NotAllowed),
        (problem("something-new", 422), NotAccepted),
        (httpx2.Response(500, text="oops"), NotUnderstood),
        (httpx2.Response(200, text="<html>"), NotUnderstood),
        (httpx2.Response(200, json={"resident": 3}), NotUnderstood),
    ],
)
async def test_problems_become_errors_by_their_type(answer: httpx2.Response, error: type[Exception]) -> None:
    with pytest.raises(error):
        await Stub(answer).client().me()


async def test_the_client_says_who_it_acts_for() -> None:
    stub = Stub(httpx2.Response(200, json={"resident": None, "official": None}))
    await stub.client().me()

    headers = stub.requests[0].headers
    assert (headers["Authorization"], headers["X-Shaodian-Address"]) == ("Bearer secret", "telegram:42")
