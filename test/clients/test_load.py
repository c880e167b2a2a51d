"""Many requests at once, clients that go away, signals: bounded memory, honest answers, a clean end."""

from __future__ import annotations

import asyncio
import collections
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.parse

import aiohttp
import pytest
import requests
from gateway import Gateway, command

MEGABYTE = 1 << 20
SMALL = ["xarray-zarr3.large-180x360/zarr/tmin/c/0/0/0", "xarray-netcdf4.large-180x360/zarr/lat/c/0", "xarray-zarr3.large-180x360/zarr/zarr.json"]
# Decoded and encoded anew for every request that no cache answers.
REENCODED = "netcdf3.large-records/zarr/u/c/{}/0/0"


@pytest.fixture
def server(fixture_folder, tmp_path):
    running = Gateway("serve", str(fixture_folder), "--port", "0", log=tmp_path / "gateway.log")
    yield running
    running.stop()


async def storm(urls: list[str], connections: int) -> collections.Counter:
    statuses: collections.Counter = collections.Counter()
    timeout = aiohttp.ClientTimeout(total=280)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=connections), timeout=timeout) as session:

        async def one(url: str) -> None:
            async with session.get(url) as answer:
                body = await answer.read()
                if answer.status == 200 and "Content-Length" in answer.headers and "Content-Encoding" not in answer.headers:
                    assert len(body) == int(answer.headers["Content-Length"])
                if answer.status == 503:
                    assert "Retry-After" in answer.headers
                statuses[answer.status] += 1

        await asyncio.gather(*(one(url) for url in urls))
    return statuses


@pytest.mark.parametrize(("path", "connections"), [(SMALL[0], 8_000), (SMALL[1], 1_000), (SMALL[2], 1_000)])
def test_ten_thousand_requests_in_parallel_stay_in_bounds(server, path, connections):
    most_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    url = f"{server.url}/datasets/{path}"
    assert requests.get(url, timeout=60).status_code == 200
    before = server.memory()
    statuses = asyncio.run(storm([url] * 10_000, connections=min(connections, most_files - 200)))
    assert sum(statuses.values()) == 10_000
    assert set(statuses) <= {200, 503}, statuses
    assert statuses[200] >= 1_000
    assert server.memory() - before < 800 * MEGABYTE
    assert requests.get(f"{server.url}/health", timeout=60).status_code == 200


def test_many_different_chunks_that_must_be_encoded(server):
    """Two thousand requests for work: done, or refused with Retry-After, but never an error of another kind."""
    metadata = requests.get(f"{server.url}/datasets/netcdf3.large-records/zarr/u/zarr.json", timeout=60).json()
    count = -(-metadata["shape"][0] // metadata["chunk_grid"]["configuration"]["chunk_shape"][0])
    urls = [f"{server.url}/datasets/" + REENCODED.format(number % count) for number in range(500)]
    urls += [f"{server.url}/datasets/hdf5.filters/zarr/{name}/c/{number % 3}/{number % 2}/0" for number in range(300) for name in ["lzf", "szip", "bzip2", "blosc2_lz4", "bitshuffle_zstd"]]
    before = server.memory()
    statuses = asyncio.run(storm(urls, connections=500))
    assert set(statuses) <= {200, 503}, statuses
    assert statuses[200] >= 200
    assert server.memory() - before < 1_200 * MEGABYTE
    assert requests.get(urls[0], timeout=60).status_code == 200, "and afterwards it works as before"


def test_clients_that_disconnect_leave_nothing_behind(server):
    place = urllib.parse.urlsplit(server.url)
    requests.get(f"{server.url}/datasets/" + REENCODED.format(0), timeout=60)
    for number in range(300):
        connection = socket.create_connection((place.hostname, place.port), timeout=10)
        target = REENCODED.format(number % 3) if number % 2 else SMALL[0]
        connection.sendall(f"GET /datasets/{target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        if number % 3 == 0:
            connection.recv(100)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if requests.get(f"{server.url}/datasets/{SMALL[0]}", timeout=60).status_code == 200:
            break
    assert server.is_running()
    started = time.monotonic()
    assert requests.get(f"{server.url}/datasets/" + REENCODED.format(1), timeout=60).status_code == 200
    assert time.monotonic() - started < 10


def test_slow_and_half_requests_do_not_block_others(server):
    place = urllib.parse.urlsplit(server.url)
    idle = [socket.create_connection((place.hostname, place.port), timeout=10) for _ in range(200)]
    for number, connection in enumerate(idle):
        connection.sendall(b"GET /datasets/x HTTP/1.1\r\nHost:"[: number % 30 + 1])
    assert requests.get(f"{server.url}/datasets/{SMALL[0]}", timeout=10).status_code == 200
    for connection in idle:
        connection.close()


def test_huge_requests_are_refused(server):
    place = urllib.parse.urlsplit(server.url)
    for request in [b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(20_000)) + b"\r\n"]:
        with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
            try:
                connection.sendall(request)
                answer = connection.recv(100)
            except OSError:
                answer = b""
            assert not answer or answer.split()[1] in [b"400", b"404", b"414", b"431"], answer
    assert requests.get(f"{server.url}/health", timeout=10).status_code == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_under_load_lets_requests_finish(server, number):
    """Every request that was accepted is answered whole; then the process ends with 0."""
    count = 0
    failures: list[str] = []
    stopping = threading.Event()

    def client(index: int) -> None:
        nonlocal count
        session = requests.Session()
        while not stopping.is_set():
            try:
                answer = session.get(f"{server.url}/datasets/" + (REENCODED.format(index % 3) if index % 2 else SMALL[0]), timeout=60)
                if answer.status_code == 200:
                    assert len(answer.content) == int(answer.headers["Content-Length"])
                    count += 1
                elif answer.status_code != 503:
                    failures.append(f"status {answer.status_code}")
            except requests.exceptions.ConnectionError as error:
                # Refused after the listener closed, or an idle connection that was closed: nothing was lost.
                if "IncompleteRead" in repr(error):
                    failures.append(repr(error))
                return
            except requests.exceptions.RequestException as error:
                failures.append(repr(error))
                return

    threads = [threading.Thread(target=client, args=(index,)) for index in range(16)]
    for thread in threads:
        thread.start()
    time.sleep(2)
    server.process.send_signal(number)
    code = server.process.wait(35)
    stopping.set()
    for thread in threads:
        thread.join(60)
    assert (code, failures) == (0, []) and count > 20, server.log.read_text(errors="replace")[-2000:]


def test_a_port_in_use_is_one_clear_message(server, fixture_folder):
    port = urllib.parse.urlsplit(server.url).port
    result = subprocess.run([*command(), "serve", str(fixture_folder), "--port", str(port)], capture_output=True, text=True, timeout=60)
    assert result.returncode == 1
    assert str(port) in result.stderr and "    at " not in result.stderr
    assert len(result.stderr.strip().splitlines()) <= 5, result.stderr


def test_a_changed_file_shows_within_five_seconds(tmp_path, fixture_folder):
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(fixture_folder / "netcdf3/classic-fixed.nc", folder / "a.nc")
    running = Gateway("serve", str(folder), "--port", "0", log=tmp_path / "gateway.log")
    try:
        url = f"{running.url}/datasets/a/zarr/zarr.json"
        first = requests.get(url, timeout=60)
        assert first.status_code == 200
        time.sleep(0.1)
        shutil.copy(fixture_folder / "netcdf3/classic-records.nc", folder / "a.nc.new")
        (folder / "a.nc.new").rename(folder / "a.nc")
        deadline = time.monotonic() + 8
        while time.monotonic() < deadline:
            answer = requests.get(url, headers={"If-None-Match": first.headers["ETag"]}, timeout=60)
            if answer.status_code == 200 and "f4_series" in answer.text:
                break
            time.sleep(0.2)
        assert answer.status_code == 200 and answer.headers["ETag"] != first.headers["ETag"]
    finally:
        running.stop()


def test_wrong_arguments_are_told_apart(tmp_path):
    for arguments, code in [(["serve", str(tmp_path / "nowhere")], 1), (["nonsense"], 2), (["serve", "--prot", "1"], 2), (["serve", "-c", str(tmp_path / "none.yaml")], 1)]:
        result = subprocess.run([*command(), *arguments], capture_output=True, text=True, timeout=60)
        assert result.returncode == code, f"{arguments}: {result.returncode} {result.stderr}"
        assert result.stderr.strip() and "    at " not in result.stderr


def test_several_processes_share_the_port_and_end_together(fixture_folder, tmp_path):
    running = Gateway("serve", str(fixture_folder / "xarray-zarr3"), "--port", "0", "--processes", "2", log=tmp_path / "gateway.log")
    try:
        ids = requests.get(f"{running.url}/datasets", timeout=60).json()
        url = f"{running.url}/datasets/{ids[0]}/zarr/zarr.json"
        answers = [requests.get(url, timeout=60) for _ in range(40)]
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.headers["ETag"] for answer in answers}) == 1, "every process gives the same validator"
    finally:
        assert running.stop(40) == 0
