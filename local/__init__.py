"""The whole of Pointsman on one machine: emulator, real deployment, tier map, key, demonstration."""
