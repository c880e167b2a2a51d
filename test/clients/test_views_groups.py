"""groupby, resample and anomaly are what xarray gives, in every calendar, and say what is wrong where they are not."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request

import numpy as np
import pytest

from gateway import Gateway
from views import compact, groups
from views.equality import assert_same, opened, url
from views.steps import Step


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("groups") / "data"
    compact.write(path)
    return path


@pytest.fixture(scope="module")
def server(folder, tmp_path_factory):
    running = Gateway("serve", str(folder), "--port", "0", log=tmp_path_factory.mktemp("log") / "groups.log")
    yield running
    running.stop()


@pytest.mark.parametrize("calendar", compact.CALENDARS)
@pytest.mark.parametrize("operation", sorted(groups.STEPS))
def test_random_groups(operation, calendar, folder, server):
    base = compact.read(folder, calendar)
    random = np.random.default_rng(compact.CALENDARS.index(calendar))
    for _ in range(8):
        step = groups.STEPS[operation](random, base)
        if step is not None:
            assert_same(step.apply(base), opened(url(server.url, calendar, [step])), step.rtol)


def test_labels_are_those_of_xarray(server):
    seasons = opened(url(server.url, "standard", [Step("groupby(time.season,mean)", lambda d: d)]))
    assert list(seasons.season.values) == ["DJF", "JJA", "MAM", "SON"]
    basins = opened(url(server.url, "noleap", [Step("groupby(basin,count)", lambda d: d)]))
    assert list(basins.basin.values) == ["a", "z", "ü"]


@pytest.mark.parametrize(
    ("view", "words"),
    [
        ("groupby()", 'is written "groupby(time.month,mean)"'),
        ("groupby(time.month)", "is written"),
        ("groupby(time.month,meen)", 'did you mean "mean"?'),
        ("groupby(time.mouth,mean)", 'did you mean "month"?'),
        ("groupby(time.week,mean)", "calendar noleap"),
        ("groupby(lat.month,mean)", '"lat" is no time'),
        ("groupby(tiem.month,mean)", 'did you mean "time"?'),
        ("groupby(__proto__,mean)", "no coordinate"),
        ("groupby(time.__proto__,mean)", "no component"),
        ("groupby(time.month,constructor)", "no action"),
        ("groupby(area,mean)", "must have one dimension"),
        ("groupby(h,mean)", "must have one dimension"),
        ("resample(time,mean)", "is written"),
        ("resample(time=1M,mean)", 'now called "ME"'),
        ("resample(time=0D,mean)", "count is"),
        ("resample(time=W,mean)", "real world"),
        ("resample(time=1us,mean)", "at most 1000000"),
        ("resample(time=99999999999999999999D,mean)", "no frequency"),
        ("resample(lat=1D,mean)", '"lat" is no time'),
        ("resample(level=1D,mean)", "no dimension"),
        ("anomaly(time.month,1991)", "a period"),
        ("anomaly(time.month,1991:1992)", "selects nothing"),
        ("anomaly(time.month,1991:1992,3)", "is written"),
        ("anomaly(time.day@mean(time)", ""),
    ],
)
def test_bad_groups(view, words, server):
    address = f"{server.url}/datasets/noleap@{urllib.parse.quote(view, safe='')}/zarr/zarr.json"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(address, timeout=30)
    problem = json.load(caught.value)
    assert caught.value.code == 400, problem
    assert words in problem["detail"]
    assert "position" in problem["detail"]
