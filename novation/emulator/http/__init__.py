"""The services over HTTP: one file per subject, one table of routes, one gate that every call passes."""
