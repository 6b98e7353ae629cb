"""The house under test: `dandan demo` on a folder of its own, with a staff member and a diner signed in."""

import json
import secrets
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import requests


class House:
    """Starts the server, reads the one line it prints, and stops it again."""

    def __init__(self, program: str):
        self._folder = tempfile.TemporaryDirectory(prefix="dandan-api-")
        self.log = Path(self._folder.name) / "server.log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [program, "demo", "--data", str(Path(self._folder.name) / "data"), "--port", str(free_port()),
                 "--sim-port", str(free_port()), "--printer-port", "0", "--print-json"],
                stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL,
            )
        self.facts = json.loads(self._first_line(within_s=60))
        self.url = self.facts["url"].rstrip("/")
        self.base = f"{self.url}/api/v1/stores/{self.facts['store']}"

    def _first_line(self, within_s: float) -> bytes:
        lines: list[bytes] = []

        def read() -> None:
            assert self._process.stdout is not None
            for line in self._process.stdout:
                if line.lstrip().startswith(b"{") and not lines:
                    lines.append(line)

        threading.Thread(target=read, daemon=True).start()
        until = time.monotonic() + within_s
        while not lines:
            if self._process.poll() is not None or time.monotonic() > until:
                self.close()
                raise SystemExit("`dandan demo --print-json` printed no line:\n" + self.last_words())
            time.sleep(0.05)
        return lines[0]

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else ""

    def is_up(self) -> bool:
        return self._process.poll() is None and requests.get(f"{self.url}/api/v1/health", timeout=5).ok

    def post(self, path: str, body: dict, token: str | None = None, key: str | None = None) -> dict:
        return self._call("POST", path, token, json=body, key=key or new_id())

    def get(self, path: str, token: str) -> dict:
        return self._call("GET", path, token)

    def _call(self, method: str, path: str, token: str | None, key: str | None = None, **body) -> dict:
        headers = {} if key is None else {"Idempotency-Key": key}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        answer = requests.request(method, self.base + path, headers=headers, timeout=10, **body)
        if not answer.ok:
            raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    def pair_device(self) -> str:
        code = self.facts.get("pairing_code") or self.facts["pairing_codes"][0]
        return self.post("/devices/pair", {"code": code, "name": "api test"})["token"]

    def sign_in(self, device: str) -> str:
        """The most allowed of the staff, so that the requests go as deep as they can."""
        order = ["owner", "manager", "lead", "cashier", "waiter", "kitchen", "support"]
        staff = min(self.facts["staff"], key=lambda card: order.index(card["role"]))
        return self.post("/staff/sign-in", {"staff": staff["id"], "pin": staff["pin"]}, device)["token"]

    def sit_down(self) -> tuple[str, str]:
        """A diner's session and token."""
        joined = self.post("/sessions/join", {
            "code": self.facts["diner_links"][0]["code"], "guest": new_id(), "name": None, "covers": 2, "session": new_id(),
        })
        return joined["session"], joined["token"]

    def order(self, session: str, diner: str, dishes: list[dict]) -> str:
        """Orders one portion of each dish."""
        lines = [
            {"line": new_id(), "dish": dish["id"], "variant": dish["variants"][0]["id"], "quantity": 1, "weight_g": None, "options": [], "set": [], "note": None}
            for dish in dishes
        ]
        quote = self.post(f"/sessions/{session}/quote", {"lines": lines}, diner)
        priced = [line | {"unit_price": q["unit_price"], "amount": q["amount"]} for line, q in zip(lines, quote["lines"], strict=True)]
        order = new_id()
        wish = {"order": order, "menu_version": quote["menu_version"], "total": quote["total"], "lines": priced, "note": None}
        self.post(f"/sessions/{session}/orders", wish, diner, key=order)
        return order

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()


def new_id() -> str:
    return secrets.token_hex(16)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
