"""What can go wrong here, as one line for a person."""


class LocalFailure(Exception):
    """Its text says what is wrong and what to do."""
