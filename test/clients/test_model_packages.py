"""The engine without a server beside a roll-out in NumPy and onnxruntime, written from the text of the language."""

from __future__ import annotations

import json
import pathlib
import subprocess

import numpy as np
import pytest
from forecasts import packages, reference
from gateway import ROOT

INIT = np.datetime64("2020-12-31T18:00")
LEADS = {"pangu": [1, 3, 8, 10], "fengwu": [1, 2, 5], "fuxi": [1, 20, 21, 41, 43], "ensemble": [1, 2, 7], "odd": [1, 2, 3, 4, 7, 9]}
STEPS = {"pangu": 10, "fengwu": 5, "fuxi": 43, "ensemble": 7, "odd": 9}
COSTS = {**STEPS, "pangu": 7}
"""Steps that those leads need: of pangu 1, 2, 3, 4, 8, 9, 10."""
NAN = {"sst": 285, "tp06": 0}


def engine(package: pathlib.Path, folder: pathlib.Path, analysis: dict, leads: list[int], members: list[int]) -> dict:
    """Runs the session; `engine(…)["fields"][member, lead, name]` is flat."""
    folder.mkdir()
    for name, values in analysis.items():
        if name != "time":
            at = list(analysis["time"]).index(INIT)
            for back in range(at + 1):
                # NaN is replaced where the analysis enters the state, which is before the session
                field = np.where(np.isnan(values[at - back]), NAN.get(name, np.nan), values[at - back])
                field.astype("<f4").tofile(folder / f"{name}-{back}.f32")
    wanted = {"model": str(package), "folder": str(folder), "init": str(INIT).replace("T", " "), "members": members, "calendar": "standard", "leads": leads}
    (folder / "wanted.json").write_text(json.dumps(wanted))
    node = ROOT / "node_modules" / ".bin" / "node"
    script = pathlib.Path(__file__).parent / "forecasts" / "roll_out.ts"
    done = subprocess.run([node, script, folder / "wanted.json"], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    fields = {}
    for path in folder.glob("*-*-*.f32"):
        member, lead, name = path.stem.split("-")
        fields[int(member), int(lead), name] = np.fromfile(path, "<f4")
    return {**json.loads(done.stdout), "fields": fields}


@pytest.mark.parametrize("name", packages.WRITERS)
def test_every_lead_is_that_of_the_reference(name: str, tmp_path: pathlib.Path) -> None:
    package = packages.WRITERS[name](tmp_path / name)
    hours = 1 if name == "ensemble" else 6
    times = INIT + np.arange(-4, 1) * np.timedelta64(hours, "h")
    analysis = packages.analysis(package, times)
    members = [0, 3] if name in ("ensemble", "odd") else [0]
    came = engine(package, tmp_path / "engine", analysis, LEADS[name], members)
    assert came["counts"]["steps"] == COSTS[name] * len(members)
    for member in members:
        expected = reference.roll_out(package, analysis, INIT, member, STEPS[name], version=came["version"])
        for lead in LEADS[name]:
            for variable, values in expected.items():
                scale = np.nanstd(values[lead])
                what = f"{variable} of member {member} at lead {lead}"
                np.testing.assert_allclose(came["fields"][member, lead, variable], values[lead].ravel(), rtol=1e-5, atol=1e-5 * scale, err_msg=what)
