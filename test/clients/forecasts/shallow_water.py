"""The shallow-water equations in float64: what the example's graph has to agree with.

Independent of it: advective instead of flux form, Legendre functions of scipy, Fourier transforms of NumPy. Both forms
have the same projection on spherical harmonics, because the Gaussian grid integrates products of two fields exactly.
"""

from __future__ import annotations

import dataclasses
from functools import cached_property

import numpy as np
from scipy.special import sph_legendre_p_all

RADIUS, ROTATION, GRAVITY, DAY = 6.37122e6, 7.292e-5, 9.80616, 86400.0


@dataclasses.dataclass(frozen=True)
class Sphere:
    """Spherical harmonics of triangular truncation on a Gaussian grid, north to south."""

    truncation: int = 42
    rows: int = 64
    columns: int = 128

    @cached_property
    def sine(self) -> np.ndarray:
        return np.polynomial.legendre.leggauss(self.rows)[0][::-1]

    @cached_property
    def weights(self) -> np.ndarray:
        """Area of a row of cells, the sum is 1."""
        return np.polynomial.legendre.leggauss(self.rows)[1][::-1] / 2

    @property
    def latitude(self) -> np.ndarray:
        return np.arcsin(self.sine)[:, None]

    @property
    def longitude(self) -> np.ndarray:
        return 2 * np.pi * np.arange(self.columns)[None] / self.columns

    @cached_property
    def functions(self) -> tuple[np.ndarray, np.ndarray]:
        """Legendre functions and their derivatives in latitude: [m, n, row], of mean square 1."""
        t = self.truncation
        colatitude = np.pi / 2 - self.latitude[:, 0]
        values, slopes = sph_legendre_p_all(t, t, colatitude, diff_n=1)
        scale = np.sqrt(4 * np.pi) * np.where(np.add.outer(np.zeros(t + 1), np.arange(t + 1)) % 2, -1.0, 1.0)
        pick = lambda array: (array[:, : t + 1] * scale[..., None]).swapaxes(0, 1)
        return pick(values), -pick(slopes)

    @cached_property
    def laplacian(self) -> np.ndarray:
        n = np.arange(self.truncation + 1)
        return -n * (n + 1) / RADIUS**2

    def spectrum(self, field: np.ndarray) -> np.ndarray:
        waves = np.fft.rfft(field, axis=-1)[:, : self.truncation + 1] / self.columns
        return np.einsum("mnj,j,jm->mn", self.functions[0], self.weights, waves)

    def _field(self, waves: np.ndarray) -> np.ndarray:
        return np.fft.irfft(waves, self.columns, axis=-1) * self.columns

    def field(self, spectrum: np.ndarray) -> np.ndarray:
        return self._field(np.einsum("mnj,mn->jm", self.functions[0], spectrum))

    def gradient(self, spectrum: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Eastward and northward."""
        m = np.arange(self.truncation + 1)[:, None]
        east = self.field(1j * m * spectrum) / (RADIUS * np.cos(self.latitude))
        return east, self._field(np.einsum("mnj,mn->jm", self.functions[1], spectrum)) / RADIUS

    def inverse_laplacian(self, spectrum: np.ndarray) -> np.ndarray:
        return np.concatenate([np.zeros_like(spectrum[:, :1]), spectrum[:, 1:] / self.laplacian[1:]], axis=1)

    def wind(self, vorticity: np.ndarray, divergence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        psi_x, psi_y = self.gradient(self.inverse_laplacian(vorticity))
        chi_x, chi_y = self.gradient(self.inverse_laplacian(divergence))
        return chi_x - psi_y, psi_x + chi_y

    def rotation(self, u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Spectra of vorticity and divergence, by integration by parts."""
        m = np.arange(self.truncation + 1)[:, None]
        waves = [np.fft.rfft(x, axis=-1)[:, : self.truncation + 1] / self.columns for x in (u, v)]
        east = [1j * m * np.einsum("mnj,j,jm->mn", self.functions[0], self.weights / np.cos(self.latitude[:, 0]), x) for x in waves]
        north = [np.einsum("mnj,j,jm->mn", self.functions[1], self.weights, x) for x in waves]
        return (east[1] + north[0]) / RADIUS, (east[0] - north[1]) / RADIUS

    def mean(self, field: np.ndarray) -> float:
        return float((field * self.weights[:, None]).mean(-1).sum())


@dataclasses.dataclass(frozen=True)
class ShallowWater:
    sphere: Sphere = Sphere()
    seconds: float = 450.0
    damping: float = 21600.0
    """Time in which diffusion takes the shortest waves down by a factor e."""

    def tendency(self, state: np.ndarray) -> np.ndarray:
        sphere = self.sphere
        vorticity, divergence, height = (sphere.field(x) for x in state)
        u, v = sphere.wind(state[0], state[1])
        absolute = vorticity + 2 * ROTATION * np.sin(sphere.latitude)
        q_x, q_y = sphere.gradient(state[0])
        q_y = q_y + 2 * ROTATION * np.cos(sphere.latitude) / RADIUS
        h_x, h_y = sphere.gradient(state[2])
        bernoulli = sphere.spectrum((u**2 + v**2) / 2) + GRAVITY * state[2]
        return np.stack([
            -sphere.spectrum(u * q_x + v * q_y + absolute * divergence),
            sphere.spectrum(absolute * vorticity + v * q_x - u * q_y) - sphere.laplacian * bernoulli,
            -sphere.spectrum(u * h_x + v * h_y + height * divergence),
        ])

    def step(self, state: np.ndarray) -> np.ndarray:
        """One step of Runge and Kutta's method."""
        dt = self.seconds
        a = self.tendency(state)
        b = self.tendency(state + dt / 2 * a)
        c = self.tendency(state + dt / 2 * b)
        d = self.tendency(state + dt * c)
        damping = np.exp(-dt / self.damping * (self.sphere.laplacian / self.sphere.laplacian[-1]) ** 4)
        return (state + dt / 6 * (a + 2 * b + 2 * c + d)) * damping

    def invariants(self, fields: np.ndarray) -> dict[str, float]:
        """Means over the globe that the equations conserve, of fields as `advance` takes them."""
        u, v, h = fields.astype("f8")
        sphere = self.sphere
        absolute = sphere.field(sphere.rotation(u, v)[0]) + 2 * ROTATION * np.sin(sphere.latitude)
        spin = (u + ROTATION * RADIUS * np.cos(sphere.latitude)) * np.cos(sphere.latitude)
        return {
            "mass": sphere.mean(h),
            "energy": sphere.mean(h * (u**2 + v**2) / 2 + GRAVITY * h**2 / 2),
            "angular momentum": sphere.mean(h * spin),
            "potential enstrophy": sphere.mean(absolute**2 / (2 * h)),
        }

    def advance(self, fields: np.ndarray, hours: int) -> np.ndarray:
        """u, v in m s-1 and height in m, [3, lat, lon], some hours later."""
        u, v, h = fields.astype("f8")
        state = np.stack([*self.sphere.rotation(u, v), self.sphere.spectrum(h)])
        for _ in range(round(hours * 3600 / self.seconds)):
            state = self.step(state)
        return np.stack([*self.sphere.wind(state[0], state[1]), self.sphere.field(state[2])])


def steady_zonal_flow(sphere: Sphere) -> np.ndarray:
    """Test 2 of Williamson et al. (1992): a steady solution."""
    speed = 2 * np.pi * RADIUS / (12 * DAY)
    u = speed * np.cos(sphere.latitude) + 0 * sphere.longitude
    h = (2.94e4 - (RADIUS * ROTATION * speed + speed**2 / 2) * np.sin(sphere.latitude) ** 2) / GRAVITY + 0 * sphere.longitude
    return np.stack([u, 0 * u, h])


def rossby_haurwitz(sphere: Sphere, depth: float = 8000.0, zonal: int = 4, rate: float = 7.848e-6) -> np.ndarray:
    """Test 6 of Williamson et al. (1992)."""
    w, k, r, lon = rate, rate, zonal, sphere.longitude
    sin, cos = np.sin(sphere.latitude), np.cos(sphere.latitude)
    u = RADIUS * (w * cos + k * cos ** (r - 1) * (r * sin**2 - cos**2) * np.cos(r * lon))
    v = -RADIUS * k * r * cos ** (r - 1) * sin * np.sin(r * lon)
    a = w / 2 * (2 * ROTATION + w) * cos**2 + k**2 / 4 * (cos ** (2 * r) * ((r + 1) * cos**2 + (2 * r**2 - r - 2)) - 2 * r**2 * cos ** (2 * r - 2))
    b = 2 * (ROTATION + w) * k / ((r + 1) * (r + 2)) * cos**r * ((r**2 + 2 * r + 2) - (r + 1) ** 2 * cos**2)
    c = k**2 / 4 * cos ** (2 * r) * ((r + 1) * cos**2 - (r + 2))
    h = depth + RADIUS**2 / GRAVITY * (a + b * np.cos(r * lon) + c * np.cos(2 * r * lon))
    return np.stack([u, v, h])


def rossby_haurwitz_speed(zonal: int = 4, rate: float = 7.848e-6) -> float:
    """Angular speed, in radians a second, with which the pattern moves east in a flow without divergence."""
    return (zonal * (3 + zonal) * rate - 2 * ROTATION) / ((1 + zonal) * (2 + zonal))


def galewsky_jet(sphere: Sphere, perturbation: float = 120.0) -> np.ndarray:
    """Galewsky, Scott and Polvani (2004), doi:10.3402/tellusa.v56i5.14436: a balanced jet of middle latitudes, and a bump."""
    south, north = np.pi / 7, np.pi / 2 - np.pi / 7

    def jet(latitude: np.ndarray) -> np.ndarray:
        inside = (latitude > south) & (latitude < north)
        x = np.where(inside, latitude, (south + north) / 2)
        return np.where(inside, 80.0 * np.exp(1 / ((x - south) * (x - north)) + 4 / (north - south) ** 2), 0.0)

    fine = np.linspace(-np.pi / 2, np.pi / 2, 200_001)
    u = jet(fine)
    slope = RADIUS * u * (2 * ROTATION * np.sin(fine) + np.tan(fine) * u / RADIUS) / GRAVITY
    drop = np.concatenate([[0], np.cumsum((slope[1:] + slope[:-1]) / 2 * np.diff(fine))])
    balanced = -np.interp(sphere.latitude[:, 0], fine, drop)
    mean = -(drop * np.cos(fine)).sum() / np.cos(fine).sum()
    lon = (sphere.longitude + np.pi) % (2 * np.pi) - np.pi
    bump = perturbation * np.cos(sphere.latitude) * np.exp(-((3 * lon) ** 2)) * np.exp(-((15 * (np.pi / 4 - sphere.latitude)) ** 2))
    h = 10_000 - mean + balanced[:, None] + bump
    wind = jet(sphere.latitude) + 0 * sphere.longitude
    return np.stack([wind, 0 * wind, h])
