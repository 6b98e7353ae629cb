"""Gives most well-formed requests ids that exist, so that they reach the rules behind the parser.

Requests made to be wrong are left as they are. What is replaced follows from the request itself and from what was answered before:
the same seed sends the same requests. Also adds the links to the document and counts what was checked.
"""

import atexit
import collections
import hashlib
import json
import os
import zlib
from pathlib import Path

import links
import schemathesis
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.generation import GenerationMode

#: Lists of things that exist, by the name a request uses for them; made by run.py.
KNOWN = json.loads(os.environ.get("DANDAN_KNOWN", "{}"))
#: By party: the token its phone was given, and the lines last priced for it.
TOKENS: dict[str, str] = {}
QUOTES: dict[str, dict] = {}
#: How often each check was made, for run.py.
CHECKED: collections.Counter[str] = collections.Counter()


@schemathesis.hook
def before_load_schema(context, raw_schema):
    links.add(raw_schema)


@schemathesis.hook
def after_call(context, case, response):
    if not 200 <= response.status_code < 300:
        return
    session = (case.path_parameters or {}).get("session")
    operation = case.operation.definition.raw.get("operationId")
    if operation == "join_join":
        answer = response.json()
        TOKENS[answer["session"]] = answer["token"]
    elif operation == "cart_quote" and isinstance(case.body, dict):
        QUOTES[session] = {"asked": case.body["lines"], "priced": response.json()}


def count(method):
    """Counts the checks that a recorder is told about."""
    def counted(self, *, name, **rest):
        CHECKED[name] += 1
        return method(self, name=name, **rest)
    return counted


ScenarioRecorder.record_check_success = count(ScenarioRecorder.record_check_success)
ScenarioRecorder.record_check_failure = count(ScenarioRecorder.record_check_failure)
if "DANDAN_CHECKED" in os.environ:
    atexit.register(lambda: Path(os.environ["DANDAN_CHECKED"]).write_text(json.dumps(CHECKED)))


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    for name, value in (case.path_parameters or {}).items():
        case.path_parameters[name] = known(name, value)
    fill(case.body)
    follow_on(case)
    places_order = isinstance(case.body, dict) and isinstance(case.body.get("lines"), list) and "order" in case.body
    if places_order:
        case.body["order"] = as_id(case, case.body["order"])
    for name, value in (case.headers or {}).items():
        if name.lower() == "idempotency-key":
            # An order's key is its id; any other request has one of its own.
            case.headers[name] = case.body["order"] if places_order else as_id(case, value)


def follow_on(case):
    """A diner of a party joined before shows that party's token, and mostly orders what was priced for it."""
    session = (case.path_parameters or {}).get("session")
    if KNOWN.get("who") == "diner" and session in TOKENS:
        case.headers["Authorization"] = f"Bearer {TOKENS[session]}"
    quote = QUOTES.get(session)
    orders = case.operation.definition.raw.get("operationId") == "orders_place" and isinstance(case.body, dict)
    if quote and quote["asked"] and orders and zlib.crc32(repr(case.body).encode()) % 4:
        prices = zip(quote["asked"], quote["priced"]["lines"], strict=False)
        case.body["lines"] = [line | {"unit_price": q["unit_price"], "amount": q["amount"]} for line, q in prices]
        case.body |= {"menu_version": quote["priced"]["menu_version"], "total": quote["priced"]["total"]}


def fill(body):
    """Goes through a JSON body and puts known things where it names things."""
    if isinstance(body, list):
        for part in body:
            fill(part)
    if not isinstance(body, dict):
        return
    for name, value in body.items():
        if isinstance(value, (dict, list)):
            fill(value)
        else:
            body[name] = known(name, value)
    # A dish with a size of its own, else hardly any line would ever be priced.
    if "dish" in body and "variant" in body:
        body["variant"] = KNOWN.get("variants", {}).get(body["dish"], body["variant"])


def known(name, value):
    """Three times in four something that exists under this name."""
    options = KNOWN.get(name)
    mark = zlib.crc32(repr(value).encode())
    if not isinstance(options, list) or not options or mark % 4 == 0:
        return value
    return options[mark // 4 % len(options)]


def as_id(case, value):
    """Mostly a well-formed id, which follows from the whole request: another request gets another one."""
    request = repr((KNOWN.get("who"), value, case.method, case.path, case.path_parameters, case.body)).encode()
    return value if zlib.crc32(request) % 8 == 0 else hashlib.md5(request, usedforsecurity=False).hexdigest()
