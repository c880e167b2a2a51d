"""Formulas and arithmetic of datasets are what numpy and xarray give."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request

import numpy as np
import pytest

from gateway import Gateway
from views import compact, expressions
from views.equality import assert_same, opened, url
from views.steps import Step

ARITHMETIC = {"minus": lambda a, b: a - b, "plus": lambda a, b: a + b, "times": lambda a, b: a * b, "divided": lambda a, b: a / b}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("expressions") / "data"
    compact.write(path)
    return path


@pytest.fixture(scope="module")
def server(folder, tmp_path_factory):
    running = Gateway("serve", str(folder), "--port", "0", log=tmp_path_factory.mktemp("log") / "expressions.log")
    yield running
    running.stop()


@pytest.mark.parametrize("calendar", compact.CALENDARS)
def test_random_formulas(calendar, folder, server):
    base = compact.read(folder, calendar)
    random = np.random.default_rng(compact.CALENDARS.index(calendar))
    for _ in range(25):
        step = expressions.let(random, base)
        assert_same(step.apply(base), opened(url(server.url, calendar, [step])), step.rtol)


@pytest.mark.parametrize("calendar", compact.CALENDARS)
@pytest.mark.parametrize("operation", sorted(ARITHMETIC))
def test_arithmetic(operation, calendar, folder, server):
    left, right = compact.read(folder, calendar), compact.read(folder, f"{calendar}-other")
    if operation != "minus":
        left, right = left.drop_vars("time_bnds"), right.drop_vars("time_bnds")
    expected = ARITHMETIC[operation](left, right)
    expected.time.attrs.pop("bounds", None)
    assert_same(expected, opened(url(server.url, calendar, [Step(f"{operation}({calendar}-other)", lambda d: d)])), 1e-6)


def test_views_inside(folder, server):
    base = compact.read(folder, "julian").drop_vars(["time_bnds", "f"])
    mean = base.mean("time")
    mean["a"] = base.a.astype("f8").mean("time").astype("f4")
    step = Step("vars(a,b,i,j,l,p,s)@minus(julian@vars(a,b,i,j,l,p,s)@mean(time))", lambda d: d)
    expected = base - mean
    expected.time.attrs.pop("bounds", None)
    assert_same(expected, opened(url(server.url, "julian", [step])), 1e-5)


def test_formulas_see_those_before_them(folder, server):
    base = compact.read(folder, "noleap")
    step = Step("let(c=a-273.15,f2=c*1.8+32)", lambda d: d)
    c = base.a - 273.15
    expected = base.assign(c=c.variable, f2=(c * 1.8 + 32).variable)
    assert_same(expected, opened(url(server.url, "noleap", [step])), 1e-6)


@pytest.mark.parametrize(
    ("view", "words"),
    [
        ("let()", "is written"),
        ("let(a)", "expected a name"),
        ("let(x=)", "expected a value"),
        ("let(x=1+)", "not \"the end\""),
        ("let(x=1+2)", "at least one variable"),
        ("let(x=a+nothing)", 'no variable "nothing"'),
        ("let(x=sqr(a))", 'did you mean "sqrt"?'),
        ("let(x=sqrt(a,b))", "takes 1 values"),
        ("let(x=a<b<p)", "one comparison"),
        ("let(x=a;b)", "means nothing"),
        ("let(x=a.b)", "means nothing"),
        ("let(x=a[0])", "means nothing"),
        ("let(x=__import__(a))", "no function"),
        ("let(x=constructor(a))", "no function"),
        ("let(x=__proto__)", "no variable"),
        ("let(lat=a)", "is a coordinate"),
        ("let(x=time+1)", "holds times"),
        ("let(x=basin+1)", "formulas know numbers"),
        ("let(x=f-f)", "true and false"),
        ("let(x=l**-1)", "no negative powers"),
        ("let(x=" + "-" * 100 + "a)", "too many levels"),
        ("let(x=a" + "+a" * 300 + ")", "at most 200 parts"),
        ("let(x=" + "(" * 30 + "a" + ")" * 30 + ")", "too many"),
        ("let(x=a*1e999)", "too large"),
        ("minus()", "is written"),
        ("minus(../noleap)", "no id"),
        ("minus(a,b)", "is written"),
        ("minus(julian)", "times of the calendar"),
        ("minus(noleap@isel(time=0:3)@let())", ""),
    ],
)
def test_bad_expressions(view, words, server):
    address = f"{server.url}/datasets/noleap@{urllib.parse.quote(view, safe='')}/zarr/zarr.json"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(address, timeout=30)
    problem = json.load(caught.value)
    assert caught.value.code == 400, problem
    assert words in problem["detail"]
    assert "position" in problem["detail"]


def test_a_dataset_that_is_not_there(server):
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{server.url}/datasets/noleap@minus(nothing)/zarr/zarr.json", timeout=30)
    assert caught.value.code == 404
