"""How a result shows itself: the one door through which results and studies reach the room of verdicts and figures.

`sim.report` stands above results and studies, so it is only entered when somebody asks to be shown something.
"""

from typing import TYPE_CHECKING, Any, ClassVar

from sim.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from sim.aliases import NumbersByPath
    from sim.report.verdicts import Verdict
    from sim.scenario import Scenario


class NoTable(InputError, AttributeError):
    """A table that a study may have, and this one has not."""


class Shows:
    """What every result and study can say of itself. `kind` names its verdict in `sim.report.verdicts.KINDS` and its
    figures in `sim.report.figures`."""

    kind: ClassVar[str]

    if TYPE_CHECKING:  # what pictures and pages read of all

        @property
        def scenario(self) -> Scenario: ...
        @property
        def seed(self) -> int: ...
        @property
        def replicates(self) -> list[int]: ...
        @property
        def points(self) -> NumbersByPath | None: ...

    def verdict(self) -> "Verdict":
        """What was found: sentences, a summary and small tables (`sim.report.verdicts.Verdict`); prints as text."""
        from sim.report.verdicts import verdict_of

        return verdict_of(self)

    def summary(self) -> "pd.DataFrame":
        """The verdict's numbers as a small DataFrame, with their intervals."""
        return self.verdict().summary

    def plot(self, kind: str | None = None, **options: Any) -> "Figure":
        """A matplotlib figure, which shows itself in a notebook. `kind` names another than the first of its kinds.

        Raises InputError, naming the kinds that there are, for an unknown one.
        """
        from sim.report.figures import plot

        return plot(self, kind, **options)

    def _repr_html_(self) -> str:
        return self.verdict()._repr_html_()
