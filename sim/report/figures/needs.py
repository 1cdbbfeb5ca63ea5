"""What a picture needs of a study."""

from sim.results.study import Study


def lacking(study: Study, *tables: str) -> str:
    """Why a study cannot be drawn: what is to be said of a table that it has not; nothing if it can."""
    for name in tables:
        try:
            getattr(study, name)
        except AttributeError as error:
            return str(error)
    return ""
