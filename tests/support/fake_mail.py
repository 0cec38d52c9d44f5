"""A mail server of our own: takes letters, and refuses in numbers when told to."""

import asyncio
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class FakeMail:
    letters: list[EmailMessage] = field(default_factory=list)
    #: Command -> the line it is answered with instead ("RCPT": "550 5.1.1 no such user"); "cut" closes the connection.
    refusals: dict[str, str] = field(default_factory=dict)
    port: int = 0
    _server: asyncio.Server | None = field(default=None, repr=False)

    async def __aenter__(self) -> "FakeMail":
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?tls=no"

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())

        say("220 fake")
        while line := (await reader.readline()).decode().strip():
            command = line.split(" ")[0].split(":")[0].upper()
            refusal = self.refusals.get(command)
            if refusal == "cut":
                break
            if command == "DATA" and refusal is None:
                say("354 go on")
                raw = b""
                while not raw.endswith(b"\r\n.\r\n"):
                    raw += await reader.readline()
                if self.refusals.get("END") == "cut":
                    break
                self.letters.append(message_from_bytes(raw[:-5].replace(b"\r\n..", b"\r\n."), policy=policy.default))  # type: ignore[arg-type]
                say("250 2.0.0 taken")
                continue
            say(refusal or ("221 bye" if command == "QUIT" else "250 fake"))
            if command == "QUIT":
                break
        writer.close()
