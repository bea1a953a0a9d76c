"""Telling the customer: texts, links, one-time codes, mail and what comes back of it."""
