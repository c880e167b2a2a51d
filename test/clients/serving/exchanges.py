"""Requests that upstream's own server and the gateway are asked alike, and what of an answer is compared."""

from __future__ import annotations

import http.client
import json
import re
import socket
import time
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

JSON = {"Content-Type": "application/json"}
BASE = "/v1/infer/twin"


@dataclass(frozen=True)
class Exchange:
    """A request. `{done}`, `{failed}` and the like in its target are ids of executions in that state."""

    name: str
    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


def _submission(name: str, body: bytes, headers: dict[str, str] = JSON, workflow: str = "twin") -> Exchange:
    return Exchange(f"submit: {name}", "POST", f"/v1/infer/{workflow}", headers, body)


def _parameters(text: str, workflow: str = "twin") -> Exchange:
    return _submission(f"{workflow} {text[:70]}", f'{{"parameters":{text}}}'.encode(), workflow=workflow)


def _get(target: str, headers: dict[str, str] | None = None, name: str = "", method: str = "GET") -> Exchange:
    told = "".join(f" {key}: {value}" for key, value in (headers or {}).items())
    return Exchange(name or f"{method} {target[:90]}{told}", method, target, headers or {})


BODIES = [
    _submission("no key", b"{}"),
    _submission("empty parameters", b'{"parameters":{}}'),
    _submission("null parameters", b'{"parameters":null}'),
    _submission("list parameters", b'{"parameters":[]}'),
    _submission("text parameters", b'{"parameters":"a"}'),
    _submission("number parameters", b'{"parameters":1}'),
    _submission("extra key", b'{"foo":1}'),
    _submission("extra key beside parameters", b'{"parameters":{"num_steps":2},"foo":{"a":[1,null]}}'),
    _submission("two extra keys and wrong parameters", b'{"foo":1,"parameters":3,"bar":2}'),
    _submission("flat", b'{"num_steps":2}'),
    _submission("null", b"null"),
    _submission("list", b"[1]"),
    _submission("text", b'"abc"'),
    _submission("number", b"12"),
    _submission("true", b"true"),
    _submission("no body", b""),
    _submission("no body, no type", b"", {}),
    _submission("blank body", b"  \n "),
    _submission("open brace", b"{"),
    _submission("value missing", b'{"parameters":}'),
    _submission("comma at the end", b'{"parameters":{},}'),
    _submission("single quotes", b"{'parameters':{}}"),
    _submission("more after the end", b'{"parameters":{}} x'),
    _submission("a tab in a text", b'{"parameters":{"label":"a\tb"}}'),
    _submission("cut within a text", b'{"parameters":{"label":"ab'),
    _submission("second line", b'{"parameters":\n  {"label" 1}}'),
    _submission("after letters of two bytes", '{"parameters":{"label":"üü" 1}}'.encode()),
    _submission("a word", b"nonsense"),
    _submission("byte order mark", b'\xef\xbb\xbf{"parameters":{}}'),
    _submission("no UTF-8", b'{"parameters":{"label":"\xff"}}'),
    _submission("key twice", b'{"parameters":{"num_steps":0},"parameters":{"num_steps":2}}'),
    _submission("half a pair", b'{"parameters":{"label":"\\ud800"}}'),
    _submission("200 levels", b'{"parameters":' + b"[" * 200 + b"]" * 200 + b"}"),
    _submission("key of the prototype", b'{"__proto__":{}}'),
    _submission("no type", b"{}", {}),
    _submission("text/plain", b'{"parameters":{}}', {"Content-Type": "text/plain"}),
    _submission("form", b"parameters=1", {"Content-Type": "application/x-www-form-urlencoded"}),
    _submission("charset", b"{}", {"Content-Type": "application/json; charset=utf-8"}),
    _submission("capitals", b"{}", {"Content-Type": "APPLICATION/JSON"}),
    _submission("suffix", b"{}", {"Content-Type": "application/vnd.api+json"}),
    _submission("almost", b"{}", {"Content-Type": "application/jsonx"}),
    _submission("unknown workflow", b"{}", workflow="nope"),
    _submission("unknown workflow, wrong body", b"[]", workflow="nope"),
    _submission("hidden workflow", b'{"parameters":{"count":1}}', workflow="test_endpoints_wf"),
    _submission("the list's name", b"{}", workflow="workflows"),
    _submission("no name", b"{}", workflow=""),
    _submission("quotes in the name", b"{}", workflow=quote("it's \"ü\"")),
    _submission("slash in the name", b"{}", workflow="a%2Fb"),
    Exchange("submit: no workflow, several listed", "POST", "/v1/infer", JSON, b"{}"),
    Exchange("submit: no workflow, wrong body", "POST", "/v1/infer", JSON, b"[]"),
]

PARAMETERS = [
    _parameters(text)
    for text in [
        *(f'{{"num_steps":{value}}}' for value in ["0", "1001", '"10"', '"10.0"', '"x"', "10.0", "10.5", "true", "null", "1e3", '"1e3"', '" 7 "', '""', "[]", "1" + "0" * 30, "NaN", "-0"]),
        *(f'{{"ratio":{value}}}' for value in ["NaN", "Infinity", '"0.5"', '"nan"', '"inf"', "2", "-1e-9", "true", "1e400", '"x"', "null", '"1_0"']),
        *(f'{{"flag":{value}}}' for value in ['"true"', '"YES"', '"off"', "1", "0", "2", '"maybe"', "1.0", "null", '"t"', '" true "']),
        *(f'{{"label":{value}}}' for value in ['"123456789012345678901"', json.dumps("🌍" * 20, ensure_ascii=False), json.dumps("🌍" * 21, ensure_ascii=False), "5", "null", '"a\\u0000b"']),
        *(
            f'{{"start_time":{value}}}'
            for value in [
                '"2024-01-01T00:00:00"',
                "[]",
                "null",
                '["2024-01-01"]',
                '["2024-01-01T00"]',
                '["2024-01-01 00:00"]',
                '["2024-01-01T00:00:00Z"]',
                '["2024-01-01T00:00:00+02:00"]',
                "[1704067200]",
                '["2024-13-01T00:00:00"]',
                '["2024-02-30T00:00:00"]',
                '["20240101T000000"]',
                '["2024-01-01T00:00:00.123456789"]',
                '["2024-01-01T24:00:00"]',
                '["yesterday T"]',
                '["2024-01-01T00:00:00", null]',
            ]
        ),
        *(f'{{"gap":{value}}}' for value in ['"PT6H"', "21600", "21600.5", '"21600"', '"6:00:00"', '"P1D"', '"P1M"', '"1 day"', "-5", '"-PT6H"', '"abc"', "NaN", "true", "null", "1e20"]),
        *(f'{{"only":{value}}}' for value in ['"one"', '"two"', "null"]),
        *(f'{{"mode":{value}}}' for value in ['"OK"', "1"]),
        *(f'{{"seed":{value}}}' for value in ["null", "1.0", "1.5", '"5"', '"x"']),
        *(f'{{"names":{value}}}' for value in ['["a"]', '"a"', '["a",1]', "[]", "{}"]),
        '{"unknown":1}',
        '{"Num_Steps":1}',
        '{"":1}',
        '{"num_steps":0,"ratio":2,"unknown":1}',
    ]
]
NEEDY = [_parameters(text, "needy") for text in ["{}", '{"count":3}', '{"count":"3"}', '{"count":null}', '{"count":1,"when":"2024-01-01"}', '{"count":1,"when":1704067200}']]

STATES = ["done", "failed", "running", "queued", "cancelled", "expired"]
RECORDS = [
    *(_get(f"{BASE}/{{{state}}}/{route}") for state in STATES for route in ("status", "results", "results/bytes.bin")),
    *(_get(f"{BASE}/exec_1_00000000{route}") for route in ("", "/status", "/results", "/results/bytes.bin")),
    *(_get(f"/v1/infer/needy/{{done}}/{route}") for route in ("status", "results", "results/bytes.bin")),
    *(_get(f"/v1/infer/nope/{{done}}/{route}") for route in ("status", "results", "results/bytes.bin")),
    *(_get(f"/v1/infer/test_endpoints_wf/{{done}}/{route}") for route in ("status", "results", "results/bytes.bin")),
    _get(f"{BASE}/{quote('ü*[?]')}/status"),
    _get(f"{BASE}/..%2f{{done}}/status"),
    _get(f"{BASE}/{{done}}%00/status"),
    _get(f"{BASE}/{'x' * 300}/status", name="GET a long id"),
    _get(f"{BASE}/{{done}}/logs"),
    _get(f"{BASE}/{{done}}"),
    _get(f"{BASE}/{{done}}/status", {"Authorization": "Bearer right"}),
    _get(f"{BASE}/{{done}}/status", {"Authorization": "Bearer"}),
    _get(f"{BASE}/{{done}}/status", {"Authorization": "nonsense \x7f"}),
    _get(f"{BASE}/{{done}}/status", {"Accept": "text/html"}),
    _get(f"{BASE}/{{done}}/status?a=b"),
]

SITE = [
    _get("/v1/infer/workflows"),
    _get("/v1/infer/workflows/twin/schema"),
    _get("/v1/infer/workflows/needy/schema"),
    _get("/v1/infer/workflows/nope/schema"),
    _get("/v1/infer/workflows/test_endpoints_wf/schema"),
    _get(f"/v1/infer/workflows/{quote('ü')}/schema"),
    _get("/liveness"),
    _get("/v1/infer"),
    _get("/v1/infer/twin"),
    _get("/v1/nothing"),
    _get("/v1/infer/workflows/twin"),
    *(_get(target, method=method) for target in ("/v1/infer/workflows", BASE, f"{BASE}/{{done}}/status") for method in ("PUT", "PATCH")),
    *(_get(f"{BASE}/{{done}}/{route}", method="POST") for route in ("status", "results", "results/bytes.bin")),
    *(_get(f"{BASE}/{{done}}/{route}", method="DELETE") for route in ("status", "results", "results/bytes.bin")),
    *(_get(target, method="HEAD") for target in ("/v1/infer/workflows", "/v1/infer/workflows/twin/schema", f"{BASE}/{{done}}/status", f"{BASE}/{{done}}/results", f"{BASE}/{{done}}/results/bytes.bin")),
    _get(f"{BASE}/{{done}}/status", {"Origin": "https://example.org"}),
    _get("/v1/infer/nope/exec_1/status", {"Origin": "https://example.org"}),
    _get(BASE, {"Origin": "https://example.org", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}, method="OPTIONS"),
    _get(BASE, method="OPTIONS"),
]

FILES = ["bytes.bin", "empty", quote("a b:ü.json"), "table.csv", "notes.txt", "page.html", "field.nc", "picture.png", "files.tar.gz", "inner/deep/one.xml", "results.zarr/zarr.json", "results.zarr/t2m/c/0/0"]
RESULT = f"{BASE}/{{done}}/results"
FILE = f"{RESULT}/bytes.bin"
PATHS = [
    *(_get(f"{RESULT}/{path}") for path in FILES),
    *(
        _get(f"{RESULT}/{path}")
        for path in [
            "{done}/bytes.bin",
            "{done}%2Fbytes.bin",
            "{done}/{done}/bytes.bin",
            "{done}",
            "{done}/",
            "",
            ".",
            "inner",
            "inner/",
            "inner/deep/../deep/one.xml",
            "inner//deep/one.xml",
            "./bytes.bin",
            "bytes.bin/",
            "bytes.bin/x",
            "BYTES.BIN",
            "bytes.bin?x=1",
            "nothing.bin",
            "results.zarr/t2m/c/0/1",
            "results.zarr/.zmetadata",
            "../../../../etc/passwd",
            "..%2f..%2f..%2f..%2fetc%2fpasswd",
            "%2e%2e/x",
            "a/../../x",
            "..",
            "{done}/../../x",
            "/etc/passwd",
            "%2Fetc%2Fpasswd",
            "..%5c..%5cx",
            "bytes%2Ebin",
            "bytes.bin%00",
            "bytes.bin%00.txt",
            "%FF",
            "twin:{done}",
            "twin%3A{done}",
            "needy:{done}",
            "{done}/twin:{done}",
        ]
    ),
    _get(f"{RESULT}/{'x' * 300}", name="GET a long file name"),
]

RANGES = [
    *(
        _get(FILE, {"Range": asked})
        for asked in [
            "bytes=0-9", "bytes=0-0", "bytes=103-103", "bytes=0-103", "bytes=100-200", "bytes=200-300", "bytes=104-", "bytes=103-", "bytes=0-", "bytes=-10",
            "bytes=-104", "bytes=-1000", "bytes=-0", "bytes=abc-5", "bytes=5-abc", "bytes=-abc", "bytes=-", "bytes=", "bytes", "bytes=5", "bytes=5-2", "bytes=--5", "bytes=-1-5", "items=0-1",
            "Bytes=0-9", "bytes= 0-9", "bytes=0 - 9", "bytes =0-9", "bytes=0-9,20-29", "bytes=0-9, 5-19", "bytes=200-300,0-5", "bytes=0-5,200-300", "bytes=,0-5", "bytes=1-,2-",
            "bytes=+1-5", "bytes=1_0-20", "bytes=0x1-5", "bytes=1.0-5", "bytes=0-" + "9" * 30, "bytes=" + "9" * 30 + "-", "bytes=0-9;q=1", "bytes=0-5,nonsense",
        ]
    ),
    *(_get(f"{RESULT}/empty", {"Range": asked}) for asked in ["bytes=0-", "bytes=0-0", "bytes=-1", "bytes=-0", "bytes=x"]),
    _get(f"{RESULT}/nothing.bin", {"Range": "bytes=0-1"}),
    _get(RESULT, {"Range": "bytes=0-9"}),
    _get(FILE, {"If-None-Match": "*"}),
    _get(FILE, {"If-None-Match": '"other"'}),
    _get(FILE, {"If-Match": '"other"'}),
    _get(FILE, {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}),
    _get(FILE, {"If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}),
    _get(FILE, {"Range": "bytes=0-9", "If-Range": '"other"'}),
    _get(FILE, {"Accept-Encoding": "gzip, br"}),
    _get(f"{RESULT}/notes.txt", {"Accept-Encoding": "gzip, br"}),
]

READS = [*RECORDS, *SITE, *PATHS, *RANGES]
SUBMISSIONS = [*BODIES, *PARAMETERS, *NEEDY]
EXCHANGES = {exchange.name: exchange for exchange in [*READS, *SUBMISSIONS]}

HEADERS = ["content-type", "content-disposition", "content-range", "accept-ranges", "allow", "location", "retry-after", "access-control-allow-origin"]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
Answer = tuple[int, dict[str, str], bytes]


def ask(url: str, exchange: Exchange, ids: dict[str, str]) -> Answer:
    """The answer to a target as it is written: clients of any comfort would tidy it up."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    target = exchange.target
    for state, id in ids.items():
        target = target.replace(f"{{{state}}}", id)
    try:
        connection.putrequest(exchange.method, target, skip_accept_encoding=True)
        for name, value in exchange.headers.items():
            connection.putheader(name, value)
        if exchange.body is not None:
            connection.putheader("Content-Length", str(len(exchange.body)))
        connection.endheaders(exchange.body or None)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def outline(exchange: Exchange, answer: Answer, ids: dict[str, str]) -> dict[str, Any]:
    """What is compared: status, some headers, and the body with names for ids, shapes for times, and of a refusal the parameters' names."""
    status, headers, body = answer
    told = {name: _named(headers[name], ids) for name in HEADERS if name in headers}
    if "Origin" not in exchange.headers:
        told.pop("access-control-allow-origin", None)
    try:
        content: Any = _shaped(json.loads(body), ids)
    except ValueError:
        content = _named(body.decode("latin1"), ids)
    if exchange.name.startswith("submit: ") and status == 200:
        content["position"] = "<position>"
    if told.get("content-type") == "application/json" and "content-disposition" not in told:
        told.pop("accept-ranges", None)
    return {"status": status, "headers": told, "body": content}


def _shaped(value: Any, ids: dict[str, str], key: str = "") -> Any:
    if isinstance(value, dict):
        return {_named(name, ids): _shaped(member, ids, name) for name, member in value.items()}
    if isinstance(value, list):
        shaped = [_shaped(member, ids) for member in value]
        # upstream lists files as the disk has them
        return sorted(shaped, key=json.dumps) if key == "output_files" else shaped
    if isinstance(value, str):
        return _parameters_named(_named(value, ids)) if key == "detail" else _named(value, ids)
    return "<seconds>" if key == "execution_time_seconds" and value is not None else value


def _named(text: str, ids: dict[str, str]) -> str:
    for state, id in ids.items():
        text = text.replace(id, f"<{state}>")
    text = re.sub(r"exec_\d{10}_[0-9a-f]{8}", "<id>", text)
    return TIME.sub(lambda found: f"<time{'.' + 'f' * (len(found[1]) - 1) if found[1] else ''}{found[2]}>", text)


def _parameters_named(text: str) -> str:
    """Pydantic's reasons have versions and addresses; what counts is that each parameter is named."""
    head, *lines = text.split("\n")
    if not head.startswith("Invalid parameters for workflow"):
        return text
    names = [line for line in lines if not line.startswith("  ")]
    return f"{head.split(':')[0]}: {', '.join(names)}"


class Server:
    """A server, and what the preparation of executions asks of it beyond Earth2Studio's routes."""

    url: str

    def cancel(self, id: str) -> None:
        raise NotImplementedError

    def expire(self, id: str) -> None:
        raise NotImplementedError

    def submit(self, **parameters: object) -> str:
        return self._json("POST", BASE, {"parameters": parameters})["execution_id"]

    def until(self, id: str, *states: str) -> None:
        for _ in range(2400):
            known = self._json("GET", f"{BASE}/{id}/status")["status"]
            if known in states:
                return
            time.sleep(0.02)
        raise TimeoutError(f"{id} is {known} and not {states}")

    def _json(self, method: str, path: str, body: object = None) -> Any:
        asked = urllib.request.Request(self.url + path, None if body is None else json.dumps(body).encode(), JSON, method=method)
        with urllib.request.urlopen(asked, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None


def free_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return place.getsockname()[1]


def answers(server: Server) -> dict[str, Any]:
    """Outlines of the answers to all exchanges, by their names. One execution goes on and on, so that all later ones wait."""
    ids = {"done": server.submit(), "failed": server.submit(mode="fail"), "expired": server.submit(), "cancelled": server.submit(mode="slow")}
    for state, end in {"done": "completed", "failed": "failed", "expired": "completed"}.items():
        server.until(ids[state], end)
    server.cancel(ids["cancelled"])
    server.until(ids["cancelled"], "cancelled")
    server.expire(ids["expired"])
    ids["running"] = server.submit(mode="wait")
    server.until(ids["running"], "running")
    ids["queued"] = server.submit()
    time.sleep(2.5)  # the first news of a run may take two seconds
    return {name: outline(exchange, ask(server.url, exchange, ids), ids) for name, exchange in EXCHANGES.items()}
