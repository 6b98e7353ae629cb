"""Sends the running server what its OpenAPI document allows and what it forbids, once as staff and once as a diner.

Fails on any 5xx, on a status or body the document doesn't describe, and on a panic in the server's log.
The seed is fixed; `SEED=` tries another one.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from house import House

HERE = Path(__file__).resolve().parent
#: Where schemathesis leaves what it remembers for itself.
SCRATCH = HERE.parents[1] / ".cache" / "schemathesis"
SEED = os.environ.get("SEED", "20261122")
#: Feeds and sockets answer without end; their tests are in crates/api.
ENDLESS = r"/(feed|ws)(/|$)"


def main() -> int:
    house = House(os.environ["DANDAN"])
    try:
        device = house.pair_device()
        session, diner = house.sit_down()
        staff = house.sign_in(device)
        results = [attack(house, who, token, session) for who, token in (("staff", staff), ("diner", diner), ("device", device))]
        if not house.is_up():
            print("the server is gone:\n" + house.last_words())
            return 1
    finally:
        house.close()
    panics = [line for line in house.log.read_text(errors="replace").splitlines() if "panicked at" in line]
    for line in panics:
        print("in the server's log:", line)
    return 1 if panics or any(results) else 0


def attack(house: House, who: str, token: str, session: str) -> int:
    """One run of schemathesis with this token; settings that don't change are in schemathesis.toml."""
    began = time.monotonic()
    SCRATCH.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(HERE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "DANDAN_STORE": house.facts["store"],
        "DANDAN_SESSION": session,
        "DANDAN_TABLE": house.facts["diner_links"][0]["table"],
    }
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"),
        "run", f"{house.url}/openapi.json", "--seed", SEED, "--exclude-path-regex", ENDLESS, "--header", f"Authorization:Bearer {token}",
    ]
    status = subprocess.run(command, env=environment, cwd=SCRATCH, timeout=240, check=False).returncode
    print(f"as {who}: {'passed' if status == 0 else 'FAILED'} in {time.monotonic() - began:.0f} s", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
