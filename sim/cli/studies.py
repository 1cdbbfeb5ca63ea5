"""`sim compare`, `sim attribute`, `sim sweep`, `sim sensitivity`."""


def register(app):
    """Nothing yet."""
