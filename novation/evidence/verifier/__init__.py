"""The verifier of bundles, which also travels inside each bundle as `verify.py`.

These files use the standard library and the `openssl` command alone, run on Python 3.8, and import
nothing but each other. `embedding.py` joins them into the one file `verify.py`.
"""
