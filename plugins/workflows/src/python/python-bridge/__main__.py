"""Entry of a process that runs workflows in Python. The server that started it talks to it over two pipes."""
from zarr_gateway_bridge.limits import keep_to_limits

keep_to_limits()

from zarr_gateway_bridge.serve import main  # noqa: E402 - what it imports is limited already

main()
