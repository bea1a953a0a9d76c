"""Every read that a page, a command or the engine needs. Selectors change nothing."""
