"""Gives most generated requests ids that exist, so that they reach the rules behind the parser; the rest keep what was generated."""

import os
import zlib

import schemathesis

KNOWN = {
    "store": os.environ.get("DANDAN_STORE"),
    "session": os.environ.get("DANDAN_SESSION"),
    "table": os.environ.get("DANDAN_TABLE"),
}


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Three times in four a known id, chosen by the generated one, so that the same seed sends the same requests."""
    if not path_parameters:
        return path_parameters
    chosen = dict(path_parameters)
    for name, value in path_parameters.items():
        known = KNOWN.get(name)
        if known and zlib.crc32(repr(value).encode()) % 4 != 0:
            chosen[name] = known
    return chosen
