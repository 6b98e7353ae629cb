"""Gives most well-formed requests ids that exist, so that they reach the rules behind the parser.

Requests made to be wrong are left as they are. What is replaced follows from the request itself: the same seed sends the same requests.
"""

import hashlib
import json
import os
import zlib

import schemathesis
from schemathesis.generation import GenerationMode

#: Lists of things that exist, by the name a request uses for them; made by run.py.
KNOWN = json.loads(os.environ.get("DANDAN_KNOWN", "{}"))


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    for name, value in (case.path_parameters or {}).items():
        case.path_parameters[name] = known(name, value)
    fill(case.body)
    places_order = isinstance(case.body, dict) and isinstance(case.body.get("lines"), list) and "order" in case.body
    if places_order:
        case.body["order"] = as_id(case, case.body["order"])
    for name, value in (case.headers or {}).items():
        if name.lower() == "idempotency-key":
            # An order's key is its id; any other request has one of its own.
            case.headers[name] = case.body["order"] if places_order else as_id(case, value)


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
