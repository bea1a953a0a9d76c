"""Gives a test run a home of its own, before Django reads its settings (pytest loads this with `-p`).

Settings of the developer's shell are put aside, so that a test means the same everywhere and never touches
the data of a real installation.
"""

import atexit
import os
import shutil
import tempfile
import uuid

FOR_TESTS = {
    "NOVATION_CORPUS",
    "NOVATION_TEST_POSTGRES",
    "NOVATION_TEST_POSTGRES_URL",
    "NOVATION_TEST_DATABASE",
}

for name in [name for name in os.environ if name.startswith("NOVATION_") and name not in FOR_TESTS]:
    del os.environ[name]
os.environ["NOVATION_HOME"] = tempfile.mkdtemp(prefix="novation-tests-")
atexit.register(shutil.rmtree, os.environ["NOVATION_HOME"], ignore_errors=True)

# The whole suite on the other database: NOVATION_TEST_DATABASE=postgres make test
os.environ.pop("DATABASE_URL", None)
if os.environ.get("NOVATION_TEST_DATABASE") == "postgres":
    server = os.environ.get("NOVATION_TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432")
    os.environ["DATABASE_URL"] = f"{server}/novation_{uuid.uuid4().hex[:12]}"
