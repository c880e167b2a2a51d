"""What preparations ask of a running gateway beyond Earth2Studio's routes."""

from __future__ import annotations

import sqlite3
import time

from gateway import Gateway
from serving.exchanges import Server


class Ours(Server):
    def __init__(self, gateway: Gateway) -> None:
        self.url = gateway.url
        self.database = gateway.log.parent / "jobs.db"

    def cancel(self, id: str) -> None:
        self.until(id, "running")
        self._json("POST", f"/v1/jobs/{id}/cancel")

    def expire(self, id: str) -> None:
        """As if its time had come."""
        with sqlite3.connect(self.database) as records:
            records.execute("UPDATE jobs SET expires_at = 1 WHERE id = ?", [id])
        for _ in range(600):
            if self._json("GET", f"/v1/jobs/{id}")["state"] == "expired":
                return
            time.sleep(0.1)
        raise TimeoutError(f"{id} did not expire")

    def stop_what_runs(self) -> None:
        for job in self._json("GET", "/v1/jobs?state=running&limit=10")["jobs"]:
            self._json("POST", f"/v1/jobs/{job['id']}/cancel")
