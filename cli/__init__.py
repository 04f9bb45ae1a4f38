"""`pointsman`: keys, the tier map and routing decisions from a terminal."""
