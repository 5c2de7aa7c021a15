"""What intake says when a file as a whole cannot be taken."""


class FileRefused(Exception):
    """A file cannot be taken; the message is for a methodologist, in Russian: what, where, what to do."""
