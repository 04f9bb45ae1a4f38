"""Callers' HTTP dialects ⇄ the domain's types: a package a dialect, each the `Dialect` of `dialect.py`."""
