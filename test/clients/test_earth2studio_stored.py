"""Earth2Studio's own client, unmodified, on results that lie in an object store: it knows them as `s3`, whatever the store."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest
import requests
from earth2studio.serve.client.client import Earth2StudioClient
from earth2studio.serve.client.models import StorageType
from gateway import Gateway
from serving.exchanges import free_port
from serving.served import WORKFLOWS, configuration, jobs_in
from serving.upstream import remote_workflow
from test_object_stores import object_store


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that copies every result into a store, and signs links to them itself."""
    folder, objects = tmp_path_factory.mktemp("stored"), tmp_path_factory.mktemp("objects")
    place = "az://data/"
    port = free_port()
    with object_store("azure", objects) as credentials:
        file = configuration(
            folder,
            server={"publicUrl": f"http://127.0.0.1:{port}"},
            jobs=jobs_in(folder, objectStorage={"default": f"{place}outputs/"}),
            sources={"credentials": {place: credentials}},
            workflows={"directories": [str(WORKFLOWS)], "expose": ["synth"]},
        )
        gateway = Gateway("serve", "-c", str(file), "--port", str(port), log=folder / "gateway.log")
        try:
            yield gateway
        finally:
            gateway.stop()


def test_results_in_a_store_are_read_as_those_of_s3(stored: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    sleep = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: sleep(min(seconds, 0.05)))
    result = remote_workflow()(stored.url, "synth")(num_steps=2)
    dataset = result.as_dataset()
    known = result._get_result()
    assert known.storage_type == StorageType.S3
    assert "/*?" in known.signed_url
    np.testing.assert_array_equal(dataset.t2m[0, :, 0, 3], [3, 103, 203])
    field = result.as_data_source()([np.datetime64("2024-01-01T06")], ["u10m"])
    assert float(field[0, 0, 1, 2]) == 1000 + 100 + 10
    client = Earth2StudioClient(stored.url, workflow_name="synth")
    for file in known.output_files:
        assert len(client.download_result(known, file.path).getvalue()) == file.size
    with pytest.raises(FileNotFoundError):
        client.download_result(known, f"{result.execution_id}/nothing")
    manifest = requests.get(f"{stored.url}/v1/infer/synth/{result.execution_id}/results", timeout=30).json()
    assert (manifest["storage_type"], manifest["stored_as"]) == ("s3", "azure")
    assert manifest["remote_path"].endswith(f"outputs/synth/{result.execution_id}")
    link, query = manifest["signed_url"].split("*")
    assert requests.get(f"{link}results.zarr/zarr.json{query}", timeout=30).json()["zarr_format"] == 3
    for wrong in (query[:-2] + "xx", "", "?token="):
        assert requests.get(f"{link}results.zarr/zarr.json{wrong}", timeout=30).status_code == 403
    assert requests.get(f"{link}results.zarr/t2m/c/0/9/0/0{query}", timeout=30).status_code == 404
