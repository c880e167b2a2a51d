"""Runs workflows of Earth2Studio in a Python of the user: the other side of plugins/workflows/src/child/messages.ts."""
