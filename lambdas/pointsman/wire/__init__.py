"""Callers' HTTP dialects ⇄ the domain's types; one dialect a module."""
