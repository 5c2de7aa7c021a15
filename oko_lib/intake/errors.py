"""What intake says when a file as a whole cannot be taken."""

from oko_lib.settings.plain_errors import PlainError


class FileRefused(PlainError):
    """A file cannot be taken; the message is for a methodologist, in Russian: what, where, what to do."""
