"""The customer's own pages: read, check that it is real, decide, and see what happens."""
