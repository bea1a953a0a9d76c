"""Django's SQLite backend with a better way of waiting for the one writer; see `base`."""
