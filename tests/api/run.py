"""Sends the running server what its OpenAPI document allows and what it forbids, once as staff and once as a diner.

Fails on any 5xx, on a status or body the document doesn't describe, and on a panic in the server's log.
The seed is fixed; `SEED=` tries another one.
"""

import json
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
        known = things(house, staff, session, diner)
        results = [attack(house, who, token, known | {"who": who}) for who, token in (("staff", staff), ("diner", diner), ("device", device))]
        if not house.is_up():
            print("the server is gone:\n" + house.last_words())
            return 1
    finally:
        house.close()
    panics = [line for line in house.log.read_text(errors="replace").splitlines() if "panicked at" in line]
    for line in panics:
        print("in the server's log:", line)
    return 1 if panics or any(results) else 0


def things(house: House, staff: str, session: str, diner: str) -> dict:
    """What exists in the house, by the names requests use, for hooks.py."""
    menu = house.get("/menu", staff)
    plain = [d for d in menu["dishes"] if d["charge"] == "item" and not d["groups"] and not d["set_groups"] and d["hours"] is None and "pot" not in d]
    order = house.order(session, diner, plain[:3])
    tickets = [t for t in house.get("/kitchen", staff)["tickets"] if t["order"] == order]
    return {
        "store": [house.facts["store"]],
        "session": [session],
        "order": [order],
        "line": [item["key"].split(".")[0] for ticket in tickets for item in ticket["items"]],
        "key": [item["key"] for ticket in tickets for item in ticket["items"]],
        "table": [table["id"] for table in house.get("/floor", staff)["tables"]],
        "dish": [dish["id"] for dish in menu["dishes"]],
        "variants": {dish["id"]: dish["variants"][0]["id"] for dish in menu["dishes"]},
        "code": [link["code"] for link in house.facts["diner_links"]],
        "station": [station["id"] for station in menu["stations"]],
        "printer": [printer["id"] for printer in house.get("/printers", staff)],
        "staff": [card["id"] for card in house.facts["staff"]],
    }


def attack(house: House, who: str, token: str, known: dict) -> int:
    """One run of schemathesis with this token; settings that don't change are in schemathesis.toml."""
    began = time.monotonic()
    SCRATCH.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(HERE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "DANDAN_KNOWN": json.dumps(known),
    }
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"),
        "run", f"{house.url}/openapi.json", "--seed", SEED, "--exclude-path-regex", ENDLESS, "--header", f"Authorization:Bearer {token}",
    ]
    done = subprocess.run(command, env=environment, cwd=SCRATCH, timeout=240, check=False, text=True, capture_output=True)
    if done.returncode != 0:
        print(failures_in(done.stdout), done.stderr, sep="\n")
    counted = next((line.strip() for line in done.stdout.splitlines() if " generated, " in line), "no cases")
    print(f"as {who}: {'passed' if done.returncode == 0 else 'FAILED'}, {counted}, {time.monotonic() - began:.0f} s", flush=True)
    return done.returncode


def failures_in(report: str) -> str:
    """The part of the report that tells what failed and how to repeat it; all of it where there is no such part."""
    _, found, rest = report.partition("= FAILURES =")
    return rest.partition("= WARNINGS =")[0] if found else report


if __name__ == "__main__":
    sys.exit(main())
