"""What a log line may hold."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from gateway import logs

TELEGRAM_TOKEN = "123456789:AAEhBP0av28mQ1-dUzcMLzWxDnZgLxAAAAA"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    root, level = logging.getLogger(), logging.getLogger().level
    handlers = root.handlers[:]
    stream = io.StringIO()
    logs.configure(process="work", stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_and_says_when_where_and_what(written: io.StringIO) -> None:
    structlog.get_logger("gateway.worker").info("reminders sent", count=3)

    (line,) = lines(written)
    assert line["event"] == "reminders sent"
    assert line["count"] == 3
    assert line["process"] == "work"
    assert str(line["timestamp"]).endswith("Z")


@pytest.mark.parametrize(
    "said",
    [
        "called 13912345678 twice",
        "called +86 139 1234 5678 twice",
        "called +1 (212) 555-0147 twice",
        "identity 11010519491231002X",
        f"POST https://example.test/bot{TELEGRAM_TOKEN}/sendMessage",
        "GET /console/login?token=abcdefghijklmnop",
        "Authorization: Bearer abcdefghijklmnop",
        "redis at unix://:hunter2hunter2@/tmp/valkey.sock",
        "postgresql://owner:hunter2hunter2@db/shaodian",
    ],
)
def test_phones_identity_numbers_and_credentials_are_blanked_in_any_words(written: io.StringIO, said: str) -> None:
    logging.getLogger("somebody.else").warning("%s", said)

    canaries = ["13912345678", "1234 5678", "555-0147", "11010519491231002X", TELEGRAM_TOKEN, "abcdefgh", "hunter2"]
    assert not [canary for canary in canaries if canary in written.getvalue()]
    assert logs.BLANK in written.getvalue()


def test_a_persons_words_are_blanked_by_the_name_of_their_field_at_any_depth(written: io.StringIO) -> None:
    structlog.get_logger().info(
        "report kept", said="头疼", report={"name": "张三", "id": 7, "legs": [{"place": "历下区"}]}
    )

    (line,) = lines(written)
    assert line["said"] == logs.BLANK
    assert line["report"] == {"name": logs.BLANK, "id": 7, "legs": [{"place": logs.BLANK}]}


def test_an_errors_message_is_left_out_because_it_may_quote_a_person(written: io.StringIO) -> None:
    try:
        raise ValueError("invalid name 张三")
    except ValueError:
        structlog.get_logger().exception("a tick failed")

    (line,) = lines(written)
    assert "张三" not in written.getvalue()
    assert line["error"]["kind"] == "builtins.ValueError"  # type: ignore[index]
    assert "test_logs.py" in line["error"]["at"][0]  # type: ignore[index]


def test_an_engine_that_does_not_answer_is_named(written: io.StringIO) -> None:
    try:
        raise ConnectionRefusedError(111, "Connection refused")
    except OSError:
        structlog.get_logger().exception("a tick failed")

    (line,) = lines(written)
    assert "Connection refused" in line["error"]["reason"]  # type: ignore[index]


def test_ids_codes_and_times_stay_readable() -> None:
    kept = "alert 6f1c1d4e-8a3b-4a52-9b64-2f7a7c1d9e10 in 370102000000 at 2021-01-07T10:00:00+00:00 took 1234567 us"
    assert logs.scrub(kept) == kept
