"""What goes wrong with a store, in words for its user."""

from oko_lib.settings.plain_errors import PlainError


class StoreError(PlainError):
    """The store cannot do what was asked; the message is in Russian: what, where, what to do."""
