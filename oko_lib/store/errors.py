"""What goes wrong with a store, in words for its user."""


class StoreError(Exception):
    """The store cannot do what was asked; the message is in Russian: what, where, what to do."""
