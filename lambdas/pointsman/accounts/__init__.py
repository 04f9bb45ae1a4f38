"""Who may call: keys, stored hashed."""
