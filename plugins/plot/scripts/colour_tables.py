"""Writes src/colour/colour-tables.ts from matplotlib 3.11.2 and cmocean 4.0.3: run with both installed, from anywhere."""
import base64
import zlib
from pathlib import Path

import cmocean  # noqa: F401  registers cmo.*
import numpy as np
from matplotlib import colormaps

ALIASES = {"grey": "gray", "gist_grey": "gist_gray", "gist_yerg": "gist_yarg", "Grays": "Greys"}
names = [n for n in colormaps if not n.endswith(("_r", "_i")) and n not in ALIASES]
sizes, planes = [], []
for name in names:
    table = colormaps[name]
    colours = table(np.arange(table.N), bytes=True)[:, :3]
    sizes.append((name, table.N))
    # differences between neighbours, one channel after the other: they compress four times better
    for channel in colours.T:
        planes.append(np.diff(channel, prepend=np.uint8(0)).astype(np.uint8).tobytes())
packed = base64.b64encode(zlib.compress(b"".join(planes), 9)).decode()
lines = "\n".join(f'  ["{name}", {size}],' for name, size in sizes)
aliases = "\n".join(f'  {alias}: "{name}",' for alias, name in ALIASES.items())
chunks = "\n".join(f'  "{packed[i : i + 104]}" +' for i in range(0, len(packed), 104)).removesuffix(" +")
target = Path(__file__).parent.parent / "src" / "colour" / "colour-tables.ts"
target.write_text(f"""// Written by scripts/colour_tables.py. The tables of matplotlib (PSF-based licence, https://matplotlib.org/stable/project/license.html)
// and cmocean (MIT, Kristen M. Thyng).

/** Name and number of colours, in the order of the table. */
export const COLOUR_TABLES: readonly (readonly [name: string, size: number])[] = [
{lines}
];

/** Other names of the same. */
export const COLOUR_ALIASES: Readonly<Record<string, string>> = {{
{aliases}
}};

/** For each table its reds, greens and blues, as differences (mod 256) between neighbours; deflated, base64. */
export const PACKED_TABLES: string =
{chunks};
""")
print(len(names), len(packed))
