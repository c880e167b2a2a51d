"""
The gateway's answers beside those of Earth2Studio's own server 0.19.0, which serving/record.py wrote down: the same requests to the
same workflows. With `strict`, and twins/twin.py as upstream's server ran it, they are alike apart from what is listed here; without it,
and the same workflows in TypeScript, apart from what is mended, too.
"""

from __future__ import annotations

import json
import pathlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from gateway import Gateway
from serving.exchanges import answers
from serving.ours import Ours
from serving.served import WORKFLOWS, configuration, jobs_in

RECORDED = (pathlib.Path(__file__).parent / "serving/answers.ndjson").read_text().splitlines()
UPSTREAM: dict[str, Any] = {answer.pop("exchange"): answer for answer in map(json.loads, RECORDED)}


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("strict")
    file = configuration(
        folder,
        jobs=jobs_in(folder, queue={"maxSize": 200}),
        workflows={"directories": [str(WORKFLOWS.parent / "twins")], "expose": ["twin", "needy"], "python": sys.executable},
        plugins={"earth2studio": {"strict": True}},
    )
    gateway = Gateway("serve", "-c", str(file), "--port", "0", log=folder / "gateway.log")
    try:
        yield answers(Ours(gateway))
    finally:
        gateway.stop()


@pytest.fixture(scope="module")
def mended(serve_gateway: Gateway) -> dict[str, Any]:
    ours = Ours(serve_gateway)
    try:
        return answers(ours)
    finally:
        ours.stop_what_runs()


@dataclass(frozen=True)
class Difference:
    """Exchanges that are answered otherwise than upstream answers them, and how."""

    why: str
    names: str
    status: int | None = None
    headers: dict[str, str | None] = field(default_factory=dict)
    body: dict[str, Any] | str | None = None


PROBLEM = {"content-type": "application/problem+json"}
HERE = [
    Difference(
        "what is no route of Earth2Studio is refused in the gateway's own shape, with the same status and a detail",
        r"(PUT|PATCH|DELETE) .*|POST /v1/infer/twin/\{done\}/.*|GET /v1/(infer|nothing)|GET /v1/infer/twin(/exec_1_00000000|/\{done\}(/logs)?|/\.\.%2f.*)?|GET /v1/infer/workflows/twin|submit: slash in the name",
        headers=PROBLEM,
    ),
    Difference(
        "NUL, backslashes, empty segments and what is no UTF-8 are nowhere a path, which upstream fails at with 500",
        r".*(%00|%00\.txt|%00/status|%5cx|%FF|inner//deep/one\.xml|results//etc/passwd)",
        status=404,
        headers=PROBLEM,
    ),
    Difference("nor are names longer than a disk takes", r"GET a long file name", status=404, body={"detail": {"error": "File not found"}}),
    Difference("dots are not resolved within the results", r".*/inner/deep/\.\./deep/one\.xml", status=403, body={"detail": {"error": "Access denied"}}),
    Difference("dots are not resolved within the results", r".*/\./bytes\.bin", status=404, body={"detail": {"error": "File not found"}}),
    Difference("a slash at the end counts for nothing, without a redirect", r"submit: no name", status=409),
    Difference("a slash at the end counts for nothing", r"GET .*/results/", status=200, body={"request_id": "<done>"}),
    Difference("a slash at the end counts for nothing", r"GET .*/results/\{done\}/", status=404, body={"detail": {"error": "File not found"}}),
    Difference("a slash at the end counts for nothing", r"GET .*/inner/", body={"detail": {"error": "Not a file", "details": "'inner' is not a file"}}),
    Difference("a header that is no text is refused without a word", r".*nonsense \x7f", status=400, body=""),
    Difference("workflows are listed by their names", r"GET /v1/infer/workflows"),
    Difference("workflows are listed by their names", r"submit: no workflow, several listed", body={"detail": "POST /v1/infer requires exactly one exposed workflow; found 2: needy, twin."}),
    Difference("any origin may read, none with credentials", r".*Origin: https://example\.org", headers={"access-control-allow-origin": "*"}),
    Difference("OPTIONS is answered", r"OPTIONS .*", status=204, headers={"allow": "POST, OPTIONS"}),
    Difference(
        "a name that every system can keep, and the real one",
        r".*a%20b%3A%C3%BC\.json",
        headers={"content-disposition": "attachment; filename=\"a b:_.json\"; filename*=UTF-8''a%20b%3A%C3%BC.json"},
    ),
    Difference("what is compressed is not what is within", r".*files\.tar\.gz", headers={"content-type": "application/octet-stream"}),
    Difference("conditions are looked at", r".*(If-None-Match: \*|If-Modified-Since: .*)", status=304),
    Difference("conditions are looked at", r'.*(If-Match: "other"|If-Unmodified-Since: .*)', status=412),
    Difference("documents have ranges, too", r".*results Range: bytes=0-9", status=206, headers={"content-type": "application/json"}),
    Difference("a cancelled execution says that it was; upstream cancels none", r".*\{cancelled\}/status", body={"status": "cancelled", "error_message": "the execution was cancelled"}),
    Difference("times as numpy writes them, and without separators", r'.*\["2024-01-01T00"\].*|.*20240101T000000.*', status=200),
    Difference("seconds as text", r'.*"gap":"21600".*', status=200),
    Difference("durations are ISO 8601 without months, or seconds", r'.*"gap":("P1M"|true)\}', status=422, body={"detail": "Invalid parameters for workflow 'twin': gap"}),
    Difference("times are ISO 8601 with hours, whatever a parameter's name", r'.*"when":.*', status=422, body={"detail": "Invalid parameters for workflow 'needy': when"}),
]
PARAMETERS = {"start_time": ["2024-01-01T00:00:00"], "num_steps": 4, "mode": "ok", "gap": "PT6H", "ratio": 0.5, "flag": False, "label": "", "only": "one", "seed": None, "names": None}
WHOLE = {"content-range": None, "content-type": "application/octet-stream"}


def range_of_104(asked: str, status: int, told: str | None, file: str = "bytes.bin") -> Difference:
    headers = {"content-range": told} if status != 200 else WHOLE
    return Difference("ranges are those of RFC 9110", rf".*/{file} Range: {re.escape(asked)}", status=status, headers=headers)


MENDED = [
    Difference(
        "parameters stay beside what the workflow says of its results",
        r"GET /v1/infer/twin/\{done\}/status(?!.*nonsense).*",
        body={"status": "completed", "metadata": {"parameters": PARAMETERS, "results_summary": "files"}},
    ),
    Difference(
        "an execution that has ended says so in its manifest, and when",
        r"GET /v1/infer/twin/\{done\}/results",
        body={"status": "completed", "completion_time": "<time.ffffff+00:00>", "parameters": PARAMETERS, "storage_type": "server"},
    ),
    Difference("its client dies of expired: the end that came before it", r"GET .*\{expired\}/status", body={"status": "completed", "position": None}),
    Difference("clients of Zarr read 404 as missing values", r"GET .*\{expired\}/results/bytes\.bin", status=410, body={"detail": {"error": "Results expired"}}),
    Difference("HEAD is answered", r"HEAD .*", status=200, body=""),
    Difference("the folder of an execution is a folder", r"GET .*/results/\{done\}/?", status=400, body={"detail": {"error": "Not a file"}}),
    Difference(
        "the archive can be had without being listed",
        r"GET .*/results/twin(:|%3A)\{done\}",
        status=200,
        headers={"content-type": "application/zip", "content-disposition": 'attachment; filename="twin_<done>.zip"', "accept-ranges": "bytes"},
    ),
    Difference("null parameters are none", r"submit: null parameters", status=200, body={"status": "queued"}),
    Difference("more workflows are listed here", r"GET /v1/infer/workflows|submit: no workflow, several listed"),
    range_of_104("bytes=100-200", 206, "bytes 100-103/104"),
    range_of_104("bytes=0-" + "9" * 30, 206, "bytes 0-103/104"),
    *(range_of_104(asked, 416, "bytes */104") for asked in ["bytes=104-", "bytes=-0", "bytes=" + "9" * 30 + "-"]),
    range_of_104("Bytes=0-9", 206, "bytes 0-9/104"),
    range_of_104("bytes=0-9,20-29", 206, None),
    range_of_104("bytes=0-9, 5-19", 206, "bytes 0-19/104"),
    range_of_104("bytes=200-300,0-5", 206, "bytes 0-5/104"),
    *(
        range_of_104(asked, 200, None)
        for asked in [
            "bytes=abc-5", "bytes=5-abc", "bytes=-abc", "bytes=-", "bytes=", "bytes", "bytes=5", "bytes=--5", "bytes=-1-5", "items=0-1", "bytes= 0-9", "bytes=0 - 9", "bytes =0-9",
            "bytes=,0-5", "bytes=+1-5", "bytes=1_0-20", "bytes=0x1-5", "bytes=1.0-5", "bytes=0-9;q=1", "bytes=0-5,nonsense", 'bytes=0-9 If-Range: "other"',
        ]
    ),
    *(range_of_104(asked, 200, None, "empty") for asked in ["bytes=0-", "bytes=0-0", "bytes=-1", "bytes=-0", "bytes=x"]),
]  # fmt: skip


def agrees(known: Any, asked: Any) -> bool:
    """Whether all that is asked for is there."""
    if isinstance(asked, dict):
        return isinstance(known, dict) and all(agrees(known.get(key), value) for key, value in asked.items())
    return known == asked


def mistake(name: str, answer: dict[str, Any], differences: list[Difference]) -> str | None:
    """What is wrong with an answer."""
    upstream = UPSTREAM[name]
    known = next((one for one in differences if re.fullmatch(one.names, name)), None)
    is_same = json.dumps(answer) == json.dumps(upstream)  # the order of keys, too
    if known is None:
        return None if is_same else f"upstream has {upstream}"
    if is_same:
        return f"no difference any more: {known.why}"
    fits = (
        answer["status"] == (known.status or upstream["status"])
        and agrees(answer["headers"], known.headers)
        and (known.body is None or agrees(answer["body"], known.body))
    )
    return None if fits else f"not as {known}"


def mistakes(answers: dict[str, Any], differences: list[Difference]) -> list[str]:
    assert set(answers) == set(UPSTREAM)
    found = {name: mistake(name, answer, differences) for name, answer in answers.items()}
    return [f"{name} has {answers[name]}: {text}" for name, text in found.items() if text is not None]


def test_as_upstream_where_that_is_wanted(strict: dict[str, Any]) -> None:
    assert "\n".join(mistakes(strict, HERE)) == ""


def test_mended(mended: dict[str, Any]) -> None:
    found = mistakes({name: as_upstream(answer) for name, answer in mended.items()}, [*MENDED, *HERE])
    assert "\n".join(found) == ""


def as_upstream(answer: dict[str, Any]) -> dict[str, Any]:
    """Without what is added: to refusals what the client reads, to states when they began to wait."""
    body = answer["body"]
    if not isinstance(body, dict):
        return answer
    if "detail" in body and "code" not in body:
        detail = body["detail"]
        if answer["status"] == 202:
            assert body == {"detail": detail, **detail}
        else:
            assert isinstance(body["error"], str)
            assert body["message"] == ": ".join([body["error"], *([body["details"]] if "details" in body else [])])
            if isinstance(detail, str):
                assert detail == body["error"] or detail.startswith("Invalid parameters")
            if isinstance(detail, dict):
                assert body["error"] == detail["error"]
                assert body["details"].startswith(detail["details"])
        return {**answer, "body": {"detail": detail}}
    if "execution_id" in body and "created_at" in body:
        return {**answer, "body": {key: value for key, value in body.items() if key != "created_at"}}
    return answer
