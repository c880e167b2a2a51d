"""A server between client and gateway that notes what passes and does to answers what networks and proxies do."""

from __future__ import annotations

import http.server
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable

KEPT = {"Content-Type", "Range", "Accept", "Idempotency-Key"}
GIVEN = ("Content-Type", "Retry-After", "Content-Range", "ETag")
LATER = (b'{"error":"later","details":"not now"}', {"Retry-After": "7", "Content-Type": "application/json"})

# "cut": nothing after the gateway has answered; "half": half of the body; a number: this status without asking the gateway
Treatment = str | int | None
Treat = Callable[[int, str, str], Treatment]


class Between:
    """`treat` is told the number of a request from 1, its method and path; `prefix` stands before every path."""

    def __init__(self, url: str, prefix: str = "", treat: Treat = lambda number, method, path: None) -> None:
        self.seen: list[tuple[str, str, str | None]] = []
        between = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                between.seen.append((self.command, self.path, self.headers.get("Authorization")))
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                treatment = treat(len(between.seen), self.command, self.path)
                if isinstance(treatment, int):
                    return self.give(treatment, LATER[1], LATER[0])
                headers = {name: value for name, value in self.headers.items() if name in KEPT}
                asked = urllib.request.Request(url + self.path.removeprefix(prefix), body or None, headers, method=self.command)
                try:
                    with urllib.request.urlopen(asked, timeout=60) as given:
                        answer = given.status, dict(given.headers), given.read()
                except urllib.error.HTTPError as error:
                    answer = error.code, dict(error.headers), error.read()
                if treatment == "cut":
                    return self.close()
                self.give(*answer, half=treatment == "half")

            do_GET = do_POST = answer

            def give(self, code: int, headers: dict[str, str], body: bytes, half: bool = False) -> None:
                self.send_response(code)
                for name in GIVEN:
                    if name in headers:
                        self.send_header(name, headers[name])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: len(body) // 2] if half else body)
                if half:
                    self.close()

            def close(self) -> None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}{prefix}"

    def __enter__(self) -> Between:
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
