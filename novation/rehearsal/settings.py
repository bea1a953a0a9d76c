"""Settings of a rehearsal: the product's own, but for what protects only data that is worth protecting.

`novation demo` names this module to its processes, so nothing here can reach a real installation.
"""

from __future__ import annotations

from novation.settings import *  # noqa: F403 (these are the same settings, with a few changed below)
from novation.settings import DATABASES

# Two made-up operators sign in on a throw-away database; PBKDF2 takes half a second of processor for each.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

_options = dict(DATABASES["default"].get("OPTIONS", {}))
if "init_command" in _options:
    # A killed process loses nothing either way; only a power cut could, and then the rehearsal is run again.
    _options["init_command"] = _options["init_command"].replace("synchronous=FULL", "synchronous=NORMAL")
DATABASES = {"default": {**DATABASES["default"], "OPTIONS": _options}}
