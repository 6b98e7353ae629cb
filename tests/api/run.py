"""Sends the running server what its OpenAPI document allows and what it forbids: as staff, as a diner and as a mere device.

Fails on any 5xx, on a status or body the document doesn't describe, and on a panic in the server's log.
The seed is fixed; `SEED=` tries another one.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from house import House

HERE = Path(__file__).resolve().parent
#: Where schemathesis leaves what it remembers for itself.
SCRATCH = HERE.parents[1] / ".cache" / "schemathesis"
SEED = os.environ.get("SEED", "20261122")
#: How often each check was made, and how the runs went.
PROOF = HERE.parents[1] / "target" / "proof" / "api.json"
#: Checks that must have been made at least once; without requests to make them on, a check proves nothing.
EXPECTED = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "negative_data_rejection", "positive_data_acceptance", "missing_required_header",
    "unsupported_method", "use_after_free", "ensure_resource_availability", "ignored_auth",
)
#: Feeds and sockets answer without end; their tests are in crates/api.
ENDLESS = r"/(feed|ws)(/|$)"


#: Who asks. Each has a house of their own, so that they can run beside each other and still send the same requests every time.
CALLERS = ("staff", "diner", "device")


def main() -> int:
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(try_as, CALLERS))
    checked = sum((result.checked for result in results), Counter())
    PROOF.parent.mkdir(parents=True, exist_ok=True)
    runs = {result.who: {"passed": result.passed, "cases": result.cases, "seconds": result.seconds} for result in results}
    PROOF.write_text(json.dumps({"seed": SEED, "runs": runs, "checks": dict(checked.most_common())}, indent=2) + "\n")
    print("checks:", ", ".join(f"{name} {count}" for name, count in checked.most_common()))
    missing = [name for name in EXPECTED if not checked[name]]
    if missing:
        print("never checked:", ", ".join(missing))
    return 0 if all(result.passed for result in results) and not missing else 1


@dataclass
class Result:
    """How one caller fared."""

    who: str
    passed: bool
    cases: str
    seconds: int
    checked: Counter


def try_as(who: str) -> Result:
    """Opens a house, attacks it, and looks whether it still stands."""
    house = House(os.environ["DANDAN"])
    try:
        device = house.pair_device()
        session, diner = house.sit_down()
        staff = house.sign_in(device)
        known = things(house, staff, session, diner)
        result = attack(house, who, {"staff": staff, "diner": diner, "device": device}[who], known | {"who": who})
        if not house.is_up():
            print("the server is gone:\n" + house.last_words())
            result.passed = False
    finally:
        house.close()
    for line in house.log.read_text(errors="replace").splitlines():
        if "panicked at" in line:
            print("in the server's log:", line)
            result.passed = False
    return result


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


def attack(house: House, who: str, token: str, known: dict) -> Result:
    """One run of schemathesis with this token; settings that don't change are in schemathesis.toml."""
    began = time.monotonic()
    SCRATCH.mkdir(parents=True, exist_ok=True)
    counts = SCRATCH / f"checked-{who}.json"
    counts.unlink(missing_ok=True)
    environment = os.environ | {
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(HERE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "DANDAN_KNOWN": json.dumps(known),
        "DANDAN_CHECKED": str(counts),
    }
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"),
        "run", f"{house.url}/openapi.json", "--seed", SEED, "--exclude-path-regex", ENDLESS, "--header", f"Authorization:Bearer {token}",
    ]
    done = subprocess.run(command, env=environment, cwd=SCRATCH, timeout=400, check=False, text=True, capture_output=True)
    if done.returncode != 0:
        print(failures_in(done.stdout), done.stderr, sep="\n")
    counted = next((line.strip() for line in done.stdout.splitlines() if " generated, " in line), "no cases")
    print(f"as {who}: {'passed' if done.returncode == 0 else 'FAILED'}, {counted}, {time.monotonic() - began:.0f} s", flush=True)
    checked = Counter(json.loads(counts.read_text())) if counts.exists() else Counter()
    return Result(who, done.returncode == 0, counted, round(time.monotonic() - began), checked)


def failures_in(report: str) -> str:
    """The part of the report that tells what failed and how to repeat it; all of it where there is no such part."""
    _, found, rest = report.partition("= FAILURES =")
    return rest.partition("= WARNINGS =")[0] if found else report


if __name__ == "__main__":
    sys.exit(main())
