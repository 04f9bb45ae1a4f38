"""Pointsman: classify a prompt, send it to the cheapest model that is good enough, account for every nano-dollar."""
