"""Which pictures there are: for every kind of study its figures, each with a line of meaning.

No plotting library is imported here. A kind's module has `draw(study, **options)`, which gives a Matplotlib figure, and
`data(study, **options)`, the table beside the picture; and, where not every such study can be drawn so, `NEEDS`, the
tables without which it cannot, and `missing(study, **options)`, which says why else not. A drawer reads the study's
attributes and tables and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sim.errors import check_names
from sim.results.showing import NoTable, Shows

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Kind:
    name: str  # what `sim plot --kind` calls it, and the name of its file
    of: str  # the kind of study
    meaning: str
    module: str  # in sim.report.figures
    options: dict[str, Any] = field(default_factory=dict)

    def _call(self, function: str, study: Shows, options: Mapping[str, Any]) -> Any:
        return getattr(import_module(f"sim.report.figures.{self.module}"), function)(study, **self.options, **options)

    def draw(self, study: Shows, **options: Any) -> "Figure":
        """The figure."""
        return self._call("draw", study, options)

    def data(self, study: Shows, **options: Any) -> "pd.DataFrame":
        """The numbers in it."""
        return self._call("data", study, options)

    def missing(self, study: Shows) -> str:
        """Why this study has no such picture; nothing if it has one."""
        module = import_module(f"sim.report.figures.{self.module}")
        try:
            for table in getattr(module, "NEEDS", ()):
                getattr(study, table)
            return self._call("missing", study, {}) if hasattr(module, "missing") else ""
        except NoTable as error:
            return str(error)

    def suits(self, study: Shows) -> bool:
        """Whether it is made of such a study unasked."""
        module = import_module(f"sim.report.figures.{self.module}")
        return not hasattr(module, "suits") or module.suits(study)


KINDS = (
    Kind("overview", "run", "a run on one page", "overview"),
    Kind("gpus", "run", "who holds the GPUs, month by month, beside budget and need", "gpus"),
    Kind("presence", "run", "the share of each cohort that is still here, with recorded facts", "presence"),
    Kind("fairness", "run", "how fair the division feels to each team", "fairness"),
    Kind("forest", "compare", "what each case changes, paired on the same luck, with intervals", "forest"),
    Kind("frontier", "compare", "people lost against prestige released, a point for each case", "frontier"),
    Kind("waterfall", "attribute", "what each mechanism adds to the share that leaves", "waterfall"),
    Kind("waterfall_events", "attribute", "what each kind of event adds to the share that leaves", "waterfall",
         {"view": "events"}),
    Kind("what_if", "attribute", "what changes if one event does not happen", "what_if"),
    Kind("ranking", "sensitivity", "the parameters that matter most, ranked, with intervals", "ranking"),
    Kind("parameters", "posterior", "what the record narrows: posterior beside prior", "posterior",
         {"view": "parameters"}),
    Kind("directions", "posterior", "combinations of parameters that the record ties down", "posterior",
         {"view": "directions"}),
    Kind("predictive", "posterior", "every recorded fact beside what the posterior predicts", "posterior",
         {"view": "predictive"}),
    Kind("ranks", "posterior", "whether the method is right: ranks of true values in synthetic records", "posterior",
         {"view": "ranks"}),
    Kind("targets", "validate", "each target beside what the model shows, and the verdict", "targets",
         {"view": "targets"}),
    Kind("structures", "validate", "the verdicts under other structures", "targets", {"view": "structures"}),
    Kind("lines", "sweep", "outcomes over one factor, a line for each level of another", "lines"),
    Kind("heat", "sweep", "outcomes over two factors, a field for each pair of levels", "heat"),
    Kind("parallel", "sweep", "every point a line across its factors to one outcome", "parallel"),
    Kind("monthly", "sweep", "a monthly table of each team, a line for each level of one factor", "monthly"),
)  # fmt: skip


def listed() -> list[tuple[str, str, str]]:
    """Kind of study, picture, meaning: a row for each picture that there is."""
    return [(kind.of, kind.name, kind.meaning) for kind in KINDS]


def kinds_of(study_kind: str) -> list[Kind]:
    """The pictures of a kind of study, the one that says most first."""
    return [kind for kind in KINDS if kind.of == study_kind]


def kind_of(study_kind: str, name: str) -> Kind:
    """A picture of a kind of study by its name. Raises InputError with what there is."""
    known = {kind.name: kind for kind in kinds_of(study_kind)}
    check_names(f"kind: a saved {study_kind} has no picture", [name], known)
    return known[name]
