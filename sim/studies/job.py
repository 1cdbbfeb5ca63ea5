"""One job made of several runs: its progress counts all of them, so that one bar fills once."""


class Job:
    """Passes on how far a study is.

    Arguments:
        progress: called with (histories done, histories in all); its `doing`, if it has one, with what is being done.
        total: histories of all stages together, or the most that they can be; 0 to count those begun.
    """

    def __init__(self, progress=None, total: int = 0):
        self.progress, self.total, self.before, self.begun = progress, total, 0, 0

    def stage(self, words: str, histories: int):
        """Begin a stage of so many histories; returns what its run calls, or None where nobody listens."""
        self.before = self.begun
        self.begun += histories
        if self.progress is None:
            return None
        getattr(self.progress, "doing", lambda _: None)(words)
        before = self.before
        return lambda done, _: self.progress(before + done, max(self.total, self.begun))
