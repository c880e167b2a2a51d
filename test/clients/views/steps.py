"""What a family of operations brings: functions that make a random step for a dataset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr


@dataclass(frozen=True)
class Step:
    """One step of a view, without "@", and what xarray is told instead."""

    text: str
    apply: Callable[[xr.Dataset], xr.Dataset]
    # Relative difference that the values may have; 0: identical.
    rtol: float = 0.0
    # True where the step can also be applied to what is stored (`decode_cf=False`).
    is_positional: bool = False


# Makes a step that fits the dataset, or None where none does.
Maker = Callable[[np.random.Generator, xr.Dataset], Step | None]


def view(rng: np.random.Generator, ds: xr.Dataset, makers: dict[str, Maker], length: int) -> list[Step]:
    """A random chain; each step fits what the steps before it leave."""
    chain: list[Step] = []
    while len(chain) < length:
        maker = makers[str(rng.choice(sorted(makers)))]
        step = maker(rng, ds)
        if step is None:
            continue
        try:
            ds = step.apply(ds)
        except (TypeError, ValueError, NotImplementedError):
            continue  # what xarray itself cannot do is nothing to compare with
        chain.append(step)
    return chain
