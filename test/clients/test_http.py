"""HTTP as clients of Zarr need it: what zarr-python's own HTTP server promises, and RFC 9110, over a real socket."""

from __future__ import annotations

import http.client
import socket
import time
import urllib.parse

import pytest
import requests

STORE = "xarray-zarr3.chunked-time10-lat7-lon11"
CHUNK = f"/datasets/{STORE}/zarr/tmin/c/0/0/0"
RAW2 = "/datasets/zarr2.compressors/zarr2/none/0.0.0"
NOT_FOUND = [
    # no key of Zarr
    "", "/tmin", "/tmin/c", "/tmin/c/", "/tmin/c/0", "/tmin/c/0/0", "/tmin/c/0/0/0/", "/tmin/c/0/0/0/0", "/tmin/c//0/0/0", "//tmin/c/0/0/0", "/tmin//c/0/0/0", "/nothing", "/nothing/zarr.json",
    "/tmin/c/0/0/x", "/tmin/x/0/0/0", "/tmin/.zgroup", "/.zarray", "/.zgroup", "/tmin/c/0/0/0.txt", "/zarr.json/", "/zarr.json/c/0", "/tmin/zarr.json/x", "/tmin/notes.txt", "/tmin/c/0.0.0",
    # not canonical
    "/tmin/c/00/0/0", "/tmin/c/+0/0/0", "/tmin/c/-0/0/0", "/tmin/c/-1/0/0", "/tmin/c/0x0/0/0", "/tmin/c/0e0/0/0", "/tmin/c/0.0/0/0", "/tmin/c/%30%300/0/0", "/tmin/c/%D9%A0/0/0", "/tmin/c/0%20/0/0", "/tmin/c/1_0/0/0", "/tmin/c/ 0/0/0".replace(" ", "%09"),
    # outside the grid
    "/tmin/c/9/0/0", "/tmin/c/0/0/99999999999999999999", "/tmin/c/2/0/0", "/tmin/c/0/3/0",
    # traversal, in every spelling
    "/../zarr/zarr.json/..", "/tmin/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2f..%2fetc%2fpasswd", "/tmin/c/0/0/%2e%2e", "/tmin/%2e/c/0/0/0", "/tmin%2fc%2f0%2f0%2f0/..", "/%252e%252e/zarr.json",
    "/tmin/c/0/0/..%5c..%5c0", "/..\\..\\zarr.json", "/%5c..%5czarr.json", "/C:/windows/win.ini", "/%43%3a/x", "/tmin/c/0/0/0%00", "/%00", "/tmin%00/zarr.json", "/%c0%ae%c0%ae/zarr.json", "/%ff%fe", "/~root", "/tmin/c/0/0/0%0d%0aX:y",
]


def raw_get(base: str, target: str, method: str = "GET", headers: str = "") -> tuple[int, dict[str, str], bytes]:
    """The target goes out exactly as given: no client normalises it on the way."""
    place = urllib.parse.urlsplit(base)
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection:
        connection.sendall(f"{method} {target} HTTP/1.1\r\nHost: {place.netloc}\r\nConnection: close\r\n{headers}\r\n".encode("utf-8", "surrogateescape"))
        response = http.client.HTTPResponse(connection, method=method)
        response.begin()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()


def is_problem(headers: dict[str, str]) -> bool:
    return headers.get("content-type", "").startswith("application/problem+json")


@pytest.mark.parametrize("key", NOT_FOUND)
def test_what_is_no_key_is_not_found(gateway, key):
    status, headers, body = raw_get(gateway.url, f"/datasets/{STORE}/zarr{key}")
    if key in ["", "/tmin", "/tmin/c", "/tmin/c/", "//tmin/c/0/0/0"] and status == 200:
        assert key in ["", "/tmin"] and headers["content-type"].startswith("text/html"), "only folders of groups and arrays have listings"
        return
    # A request target with a raw backslash or control character is no HTTP: 400 is as honest.
    assert status in ([404, 400] if "\\" in key or "%00" in key or "%ff" in key or "%c0" in key else [404]), body[:200]
    assert b"root:" not in body and b"/work" not in body and b"/tmp" not in body
    if status == 404:
        assert is_problem(headers), headers


@pytest.mark.parametrize("target", ["/datasets/..%2f..%2fetc/zarr/zarr.json", "/datasets/%2e%2e/zarr.json", "/datasets/a%2fb/zarr/zarr.json", "/datasets/nobody/zarr/zarr.json", "/datasets/nobody.zarr", "/datasets/nobody/info", "/datasets/%00", "/datasets/x%20y/keys", "/../../etc/passwd", "/datasets/" + "a" * 5000 + "/info"])
def test_odd_ids_are_not_found(gateway, target):
    status, headers, body = raw_get(gateway.url, target)
    assert status in [404, 400, 414], body[:200]
    assert b"root:" not in body


RANGES = [
    ("bytes=0-7", 206, (0, 8)), ("bytes=4-", 206, (4, None)), ("bytes=-4", 206, (-4, None)), ("bytes=0-0", 206, (0, 1)), ("bytes=-1", 206, (-1, None)), ("bytes=10-99999999", 206, (10, None)),
    ("bytes=-99999999", 206, (0, None)), ("bytes=0-", 206, (0, None)), ("bytes=99999999-", 416, None), ("bytes=99999999-99999999999", 416, None), ("bytes=-0", 416, None), ("bytes=99999999999999999999-", 416, None),
    ("bytes=0-1,4-5", 200, None), ("items=0-7", 200, None), ("bytes", 200, None), ("bytes=", 200, None), ("bytes=+0-1", 200, None), ("bytes=0_0-1", 200, None), ("bytes=a-b", 200, None), ("bytes=-", 200, None), ("0-7", 200, None),
]


@pytest.mark.parametrize("target", [CHUNK, RAW2, f"/datasets/{STORE}/zarr/zarr.json", f"/datasets/{STORE}/kerchunk/.zmetadata", "/datasets/xarray-netcdf3-classic.time-monthly-standard/zarr/tmin/c/0/0/0", "/datasets/hdf5.filters/zarr/lzf/c/0/0/0"])
@pytest.mark.parametrize(("value", "status", "span"), RANGES, ids=[r[0] for r in RANGES])
def test_ranges(gateway, target, value, status, span):
    whole = requests.get(gateway.url + target, headers={"Accept-Encoding": "identity"}, timeout=60)
    if whole.status_code == 404 and "kerchunk" in target:
        pytest.skip("format 3 chunks that format 2 cannot name")
    assert whole.status_code == 200 and whole.headers["Accept-Ranges"] == "bytes"
    assert int(whole.headers["Content-Length"]) == len(whole.content)
    answer = requests.get(gateway.url + target, headers={"Range": value, "Accept-Encoding": "gzip"}, timeout=60)
    assert answer.status_code == status
    total = len(whole.content)
    if status == 206:
        first, last = span
        expected = whole.content[first:last]
        start = total + first if first < 0 else first
        assert answer.content == expected
        assert answer.headers["Content-Range"] == f"bytes {start}-{start + len(expected) - 1}/{total}"
        assert int(answer.headers["Content-Length"]) == len(expected)
        assert "Content-Encoding" not in answer.headers, "a range is of identity bytes"
    elif status == 416:
        assert answer.headers["Content-Range"] == f"bytes */{total}"
    else:
        assert answer.content == whole.content and "Content-Range" not in answer.headers


def test_inverted_range_is_refused_or_ignored(gateway):
    answer = requests.get(gateway.url + CHUNK, headers={"Range": "bytes=7-3"}, timeout=60)
    assert answer.status_code in [200, 416]


@pytest.mark.parametrize("target", [CHUNK, RAW2, f"/datasets/{STORE}/zarr/zarr.json", f"/datasets/{STORE}/zarr/tmin/zarr.json", "/datasets", "/", f"/datasets/{STORE}/", f"/datasets/{STORE}/zarr/", f"/datasets/{STORE}/info", "/openapi.json", "/health", "/datasets/zarr.json", "/plugins", "/versions", "/metrics", "/docs"])
def test_head_answers_like_get_without_body(gateway, target):
    headers = {"Accept-Encoding": "identity"}
    get, head = requests.get(gateway.url + target, headers=headers, timeout=60), requests.head(gateway.url + target, headers=headers, timeout=60)
    for _ in range(60 if target == "/" else 0):
        if head.headers["ETag"] == get.headers["ETag"]:
            break
        time.sleep(1)  # the list of datasets fills while they are looked at for the first time
        get, head = requests.get(gateway.url + target, headers=headers, timeout=60), requests.head(gateway.url + target, headers=headers, timeout=60)
    assert (get.status_code, head.status_code) == (200, 200)
    assert head.content == b""
    for name in ["Content-Type", "ETag", "Cache-Control", "Accept-Ranges"]:
        assert head.headers.get(name) == get.headers.get(name), name
    if target not in ["/metrics", "/health"]:
        assert int(head.headers["Content-Length"]) == len(get.content)


def test_head_of_a_chunk_that_must_be_encoded_decodes_nothing(gateway):
    target = f"{gateway.url}/datasets/hdf5.filters/zarr/szip/c/0/0/0"
    answer = requests.head(target, timeout=60)
    assert answer.status_code == 200
    if "Content-Length" in answer.headers:
        assert int(answer.headers["Content-Length"]) == len(requests.get(target, timeout=60).content)


@pytest.mark.parametrize("target", [f"{CHUNK[:-1]}9", f"/datasets/{STORE}/zarr/nothing/zarr.json", "/nowhere", "/datasets/nobody/info"])
def test_head_of_nothing_is_not_found(gateway, target):
    assert requests.head(gateway.url + target, timeout=60).status_code == 404


def plainly(gateway, target: str, headers: dict[str, str] | None = None) -> requests.Response:
    """Of identity bytes: a compressed document is another representation with another tag."""
    return requests.get(gateway.url + target, headers={"Accept-Encoding": "identity", **(headers or {})}, timeout=60)


@pytest.mark.parametrize("target", [CHUNK, RAW2, f"/datasets/{STORE}/zarr/zarr.json", f"/datasets/{STORE}/zarr2/.zmetadata"])
class TestValidators:
    def test_entity_tag_is_strong_and_stable(self, gateway, target):
        first, second = plainly(gateway, target), plainly(gateway, target)
        assert first.headers["ETag"].startswith('"') and first.headers["ETag"] == second.headers["ETag"]
        assert first.headers["Date"] and first.headers["Cache-Control"]

    @pytest.mark.parametrize("form", ["{0}", '"other", {0}', "*", 'W/{0}', '"a","b" , {0}'])
    def test_not_modified(self, gateway, target, form):
        tag = plainly(gateway, target).headers["ETag"]
        answer = plainly(gateway, target, {"If-None-Match": form.format(tag)})
        assert answer.status_code == 304 and answer.content == b"" and answer.headers["ETag"] == tag
        assert requests.head(gateway.url + target, headers={"If-None-Match": form.format(tag), "Accept-Encoding": "identity"}, timeout=60).status_code == 304

    def test_other_tags_give_the_body(self, gateway, target):
        assert plainly(gateway, target, {"If-None-Match": '"other"'}).status_code == 200

    def test_precondition(self, gateway, target):
        tag = plainly(gateway, target).headers["ETag"]
        assert plainly(gateway, target, {"If-Match": '"other"'}).status_code == 412
        assert plainly(gateway, target, {"If-Match": f'"x", {tag}'}).status_code == 200
        assert plainly(gateway, target, {"If-Match": "*"}).status_code == 200

    def test_range_only_if_unchanged(self, gateway, target):
        tag = plainly(gateway, target).headers["ETag"]
        assert plainly(gateway, target, {"Range": "bytes=0-3", "If-Range": tag}).status_code == 206
        assert plainly(gateway, target, {"Range": "bytes=0-3", "If-Range": '"other"'}).status_code == 200
        assert plainly(gateway, target, {"Range": "bytes=0-3", "If-Range": f"W/{tag}"}).status_code == 200


def test_tags_tell_encodings_and_chunks_apart(gateway):
    targets = [CHUNK, CHUNK[:-1] + "1", CHUNK.replace("tmin", "tmax"), f"/datasets/{STORE}/zarr2/tmin/0.0.0", f"/datasets/{STORE}/zarr/zarr.json", f"/datasets/{STORE}/zarr/tmin/zarr.json"]
    answers = [requests.get(gateway.url + target, timeout=60) for target in targets]
    tags = {}
    for answer in answers:
        assert tags.setdefault(answer.headers["ETag"], answer.content) == answer.content


class TestCrossOrigin:
    def test_every_answer_allows_other_origins(self, gateway):
        for target in [CHUNK, f"/datasets/{STORE}/zarr/zarr.json", "/datasets/nobody/info", f"{CHUNK}/x", "/datasets/broken.hdf4/zarr/zarr.json", "/nowhere"]:
            answer = requests.get(gateway.url + target, headers={"Origin": "https://viewer.example.org"}, timeout=60)
            assert answer.headers.get("Access-Control-Allow-Origin") in ["*", "https://viewer.example.org"], target
            assert "Access-Control-Allow-Credentials" not in answer.headers
            exposed = {name.strip().lower() for name in answer.headers["Access-Control-Expose-Headers"].split(",")}
            assert {"content-range", "content-length", "etag", "accept-ranges", "last-modified", "server-timing"} <= exposed

    def test_preflight(self, gateway):
        headers = {"Origin": "https://viewer.example.org", "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range,if-none-match"}
        answer = requests.options(gateway.url + CHUNK, headers=headers, timeout=60)
        assert answer.status_code in [200, 204]
        allowed = {name.strip().lower() for name in answer.headers["Access-Control-Allow-Headers"].split(",")}
        assert {"range", "if-none-match", "if-match", "authorization"} <= allowed
        assert "GET" in answer.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("target", [CHUNK, f"/datasets/{STORE}/zarr/zarr.json", "/datasets"])
def test_writing_is_not_allowed(gateway, method, target):
    answer = requests.request(method, gateway.url + target, data=b"x", timeout=60)
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_content_types_and_compression(gateway):
    chunk = requests.get(gateway.url + CHUNK, headers={"Accept-Encoding": "gzip, br, zstd"}, timeout=60)
    assert chunk.headers["Content-Type"] == "application/octet-stream" and "Content-Encoding" not in chunk.headers
    document = requests.get(f"{gateway.url}/datasets/{STORE}/zarr/zarr.json", headers={"Accept-Encoding": "gzip"}, timeout=60)
    assert document.headers["Content-Type"].startswith("application/json")
    assert document.headers.get("Content-Encoding") == "gzip" and "accept-encoding" in document.headers["Vary"].lower()
    plain = requests.get(f"{gateway.url}/datasets/{STORE}/zarr/zarr.json", headers={"Accept-Encoding": "identity"}, timeout=60)
    assert plain.json() == document.json()
    assert plain.headers["ETag"] != document.headers["ETag"], "a strong validator names one representation"


@pytest.mark.parametrize("path", ["/datasets", "/plugins", "/versions", "/openapi.json", "/docs", "/health", "/readiness", "/liveness", "/metrics", f"/datasets/{STORE}", f"/datasets/{STORE}/keys", f"/datasets/{STORE}/dict", f"/datasets/{STORE}/info", f"/datasets/{STORE}/tree", f"/datasets/{STORE}/groups"])
def test_routes_answer_with_and_without_a_trailing_slash(gateway, path):
    for target in [path, f"{path}/"]:
        answer = requests.get(gateway.url + target, allow_redirects=False, timeout=60)
        assert answer.status_code == 200, target


def test_dot_zarr_and_zarr_are_the_same_store(gateway):
    one = requests.get(f"{gateway.url}/datasets/{STORE}.zarr/zarr.json", timeout=60)
    two = requests.get(f"{gateway.url}/datasets/{STORE}/zarr/zarr.json", timeout=60)
    assert one.json() == two.json()


def test_keep_alive_serves_many_requests_on_one_connection(gateway):
    place = urllib.parse.urlsplit(gateway.url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    for _ in range(20):
        for method, target in [("GET", CHUNK), ("HEAD", CHUNK), ("GET", f"{CHUNK}/x"), ("GET", f"/datasets/{STORE}/zarr/zarr.json")]:
            connection.request(method, target)
            response = connection.getresponse()
            response.read()
            assert not response.will_close
    connection.close()


def test_problems_have_a_code_and_a_text(gateway):
    answer = requests.get(f"{gateway.url}/datasets/nobody/info", timeout=60)
    problem = answer.json()
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert problem["status"] == 404 and problem["code"] == "not_found" and isinstance(problem["detail"], str) and "nobody" in problem["detail"]


def test_all_fill_chunks_are_not_found_and_read_as_fill(gateway):
    base = f"{gateway.url}/datasets/zarr3.missing/zarr"
    assert requests.get(f"{base}/holes_f4/c/0/0", timeout=60).status_code == 200
    assert requests.get(f"{base}/holes_f4/c/1/0", timeout=60).status_code == 404
