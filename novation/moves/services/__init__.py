"""Every write. A service is one transaction, takes the time as an argument, and leaves its event."""
