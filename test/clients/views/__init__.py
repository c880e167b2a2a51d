"""Random views beside xarray: datasets, steps, and what equal means. A family of operations is a module with `STEPS`."""
