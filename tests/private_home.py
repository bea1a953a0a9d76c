"""Gives a test run a home of its own, before Django reads its settings (pytest loads this with `-p`).

Settings of the developer's shell are put aside, so that a test means the same everywhere and never touches
the data of a real installation.
"""

import atexit
import os
import shutil
import tempfile

FOR_TESTS = {"NOVATION_CORPUS", "NOVATION_TEST_POSTGRES"}

for name in [name for name in os.environ if name.startswith("NOVATION_") and name not in FOR_TESTS]:
    del os.environ[name]
os.environ["NOVATION_HOME"] = tempfile.mkdtemp(prefix="novation-tests-")
atexit.register(shutil.rmtree, os.environ["NOVATION_HOME"], ignore_errors=True)
