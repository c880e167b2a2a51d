"""Files that change while they are served: every answer has the values of one version of each file, or says that it cannot."""

from __future__ import annotations

import pathlib
import shutil
import threading
import time
import zlib
from collections import Counter

import numpy as np
import pytest
import requests
import xarray as xr
from test_aggregate import eventually, serve

PARTS = 4
CELLS = 2000
SECONDS = 6
# time steps of a file: chunks of three line up with the files in the last two
KINDS = {"classic": 5, "contiguous": 7, "deflated": 6, "store": 6}
# what is done to a file, and whether there are moments in which it is not there and the dataset is one of fewer files
CHANGES = {"replaced": ["replace", "overwrite", "truncate"], "removed": ["remove"]}


def values(version: int, start: int, length: int) -> np.ndarray:
    """No element is 0, which is what is read where nothing was written."""
    return (1_000_000 * version + 1000 * np.arange(start + 1, start + length + 1)[:, None] + np.arange(CELLS) % 1000).astype("f8")


def write(kind: str, path: pathlib.Path, version: int, start: int, length: int) -> None:
    dataset = xr.Dataset({"tas": (("time", "cell"), values(version, start, length))}, {"time": np.arange(start, start + length) * 1.0})
    if kind == "store":
        dataset.to_zarr(path, zarr_format=2, mode="w", encoding={"tas": {"chunks": (3, CELLS), "compressors": None}})
    elif kind == "deflated":
        dataset.to_netcdf(path, format="NETCDF4", encoding={"tas": {"chunksizes": (3, CELLS), "zlib": True, "shuffle": False}})
    else:
        dataset.to_netcdf(path, format="NETCDF3_CLASSIC" if kind == "classic" else "NETCDF4")


def change(path: pathlib.Path, how: str, fresh: pathlib.Path) -> None:
    if how == "remove":
        if path.is_dir():
            # at once: a store whose chunks go one by one looks like one whose chunks were never written
            gone = path.with_name(f".{path.name}.gone")
            path.rename(gone)
            shutil.rmtree(gone)
        else:
            path.unlink()
        time.sleep(0.2)
        fresh.rename(path)
    elif path.is_dir():  # chunks are written anew under the same metadata
        for chunk in (fresh / "tas").glob("[0-9]*"):
            chunk.replace(path / "tas" / chunk.name)
        shutil.rmtree(fresh)
    elif how == "replace":
        fresh.replace(path)
    else:
        if how == "truncate":
            with path.open("r+b") as file:
                file.truncate(path.stat().st_size // 2)
            time.sleep(0.1)
        path.write_bytes(fresh.read_bytes())


def decoded(array: dict, content: bytes) -> np.ndarray:
    compressor = array["compressor"]
    assert compressor is None or compressor["id"] == "zlib"
    return np.frombuffer(zlib.decompress(content) if compressor else content, array["dtype"]).reshape(-1, CELLS)


class Reader(threading.Thread):
    """Reads chunks all the time and notes every answer that has values of no version, or of several."""

    def __init__(self, url: str, array: dict, length: int, may_be_fewer: bool) -> None:
        super().__init__(daemon=True)
        self.url, self.array, self.length = url, array, length
        self.rows = array["chunks"][0]
        self.count = -(-PARTS * length // self.rows)
        # chunks that are there whichever file is not
        self.certain = (PARTS - 1) * length // self.rows if may_be_fewer else self.count
        self.wrong: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.is_over = threading.Event()

    def run(self) -> None:
        session = requests.Session()
        number = 0
        while not self.is_over.is_set():
            number = (number + 1) % self.count
            try:
                answer = session.get(f"{self.url}/zarr2/tas/{number}.0", timeout=30)
                self.statuses[answer.status_code] += 1
                if answer.status_code == 200:
                    self.judge(number, decoded(self.array, answer.content))
                elif answer.status_code < 500 and (answer.status_code != 404 or number < self.certain):
                    self.wrong.append(f"chunk {number}: {answer.status_code}")
            except requests.exceptions.RequestException:
                self.statuses[0] += 1  # the connection was given up in the middle of an answer
            except Exception as error:  # noqa: BLE001 - whatever cannot be decoded is the finding
                self.wrong.append(f"chunk {number}: {error!r}")

    def judge(self, number: int, found: np.ndarray) -> None:
        """A row tells its step of time; steps follow each other, and those of one file are of one version."""
        versions: dict[int, int] = {}
        total = PARTS * self.length
        for row, line in enumerate(found[: total - number * self.rows]):
            version, step = divmod(int(line[0]) // 1000, 1000)
            if version == 0 and self.certain < self.count and number >= self.certain and not line.any():
                return  # behind the end of a dataset of fewer files
            if not np.array_equal(line, values(version, step - 1, 1)[0]) or version == 0:
                self.wrong.append(f"chunk {number}, row {row}: {line[:3]} … {line[-3:]}")
            elif self.certain == self.count and step != number * self.rows + row + 1:
                self.wrong.append(f"chunk {number}, row {row}: step {step}")
            elif versions.setdefault((step - 1) // self.length, version) != version:
                self.wrong.append(f"chunk {number}, row {row}: versions {versions} and {version}")


@pytest.mark.parametrize("changes", CHANGES)
@pytest.mark.parametrize("kind", KINDS)
def test_values_are_of_one_version_or_there_are_none(kind: str, changes: str, tmp_path: pathlib.Path) -> None:
    random = np.random.default_rng(3)
    length = KINDS[kind]
    folder = tmp_path / "files"
    folder.mkdir()
    extension = "zarr" if kind == "store" else "nc"
    versions = [1] * PARTS
    for part in range(PARTS):
        write(kind, folder / f"part{part}.{extension}", 1, part * length, length)
    dataset = {"location": f"{folder}/*.{extension}", "combine": {"along": "time"}, "compressor": {"name": "none"}}
    server = serve(tmp_path, {"moving": dataset})
    url = f"{server.url}/datasets/moving"
    try:
        array = requests.get(f"{url}/zarr2/tas/.zarray", timeout=30).json()
        readers = [Reader(url, array, length, changes == "removed") for _ in range(2)]
        for reader in readers:
            reader.start()
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            part = int(random.integers(PARTS))
            versions[part] += 1
            fresh = tmp_path / f"fresh.{extension}"
            write(kind, fresh, versions[part], part * length, length)
            change(folder / f"part{part}.{extension}", str(random.choice(CHANGES[changes])), fresh)
            time.sleep(float(random.random()) * 0.6)
        for reader in readers:
            reader.is_over.set()
        for reader in readers:
            reader.join(60)
        assert not [wrong for reader in readers for wrong in reader.wrong][:5]
        assert all(reader.statuses[200] > 20 for reader in readers), [reader.statuses for reader in readers]
        expected = np.concatenate([values(version, part * length, length) for part, version in enumerate(versions)])

        def is_final() -> bool:
            try:
                return np.array_equal(xr.open_dataset(f"{url}/zarr2", engine="zarr", zarr_format=2, cache=False).tas.values, expected)
            except Exception:  # noqa: BLE001 - until the last change is seen any error may come
                return False

        eventually(is_final)
    finally:
        server.stop()
