"""What an import read: GPUs wanted and used, month by month, of the teams that want most."""

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.aliases import AnyPath
from sim.intake.usage import Usage
from sim.report.figures import style

MOST = 12  # teams with a panel of their own


def save_imported(usage: Usage, path: AnyPath) -> AnyPath:
    """A panel a team, the largest first: GPUs wanted (line), used (bars) and its quota (dashes)."""
    tables = {name: usage.by_month(name) for name in ("wanted", "used", "quota")}
    size = tables["wanted"].fillna(tables["used"]).fillna(tables["quota"]).mean().sort_values(ascending=False)
    teams = list(size.index[:MOST])
    columns = min(4, len(teams))
    rows = -(-len(teams) // columns)
    figure = Figure(figsize=(2.6 * columns, 1.9 * rows + 0.9))
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, sharex=True, squeeze=False)
    for axis, team in zip(axes.flat, teams, strict=False):
        months = range(len(usage.months()))
        axis.bar(
            months, tables["used"][team], width=0.9, color="#9ecae1", label="used"
        )  # nothing where it is not known
        axis.plot(months, tables["wanted"][team], color="#08519c", marker=".", label="wanted")
        if tables["quota"].notna().to_numpy().any():
            axis.plot(
                months, tables["quota"][team], color="#636363", linestyle="--", drawstyle="steps-mid", label="quota"
            )
        axis.set_title(style.shown(team), loc="left", fontsize=9)
        axis.set_ylim(bottom=0.0)
        axis.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        axis.set_xticks([one for one in axis.get_xticks() if 0 <= one < len(months)])
        axis.set_xticklabels([usage.months()[int(one)] for one in axis.get_xticks()], fontsize=7)
    for axis in list(axes.flat)[len(teams) :]:
        axis.set_visible(False)
    left = len(size) - len(teams)
    more = f"; {left} smaller teams are not shown" if left else ""
    figure.suptitle(f"What was read: GPUs by month{more}", x=0.01, ha="left")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper right", ncols=3, frameon=False)
    figure.supylabel("GPUs", fontsize=9)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    return path
