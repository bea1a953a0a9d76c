"""Django's PostgreSQL backend, with rows that are written last; see `novation.transactions`."""
