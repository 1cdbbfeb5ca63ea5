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
    figure = Figure(figsize=(2.6 * columns, 1.9 * rows + 0.9), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, sharex=True, squeeze=False)
    months, calendar = range(len(usage.months())), usage.months()
    for ax, team in zip(axes.flat, teams, strict=False):
        ax.bar(months, tables["used"][team], width=0.9, color="#9ecae1", label="used")  # nothing where it is not known
        ax.plot(months, tables["wanted"][team], color="#08519c", marker=".", label="wanted")
        if tables["quota"].notna().to_numpy().any():
            ax.plot(months, tables["quota"][team], color="#636363", linestyle="--", drawstyle="steps-mid",
                    label="quota")  # fmt: skip
        ax.set_title(style.shown(team), loc="left", fontsize=9)
        ax.set_ylim(bottom=0.0)
        ax.set_xlim(-0.6, len(months) - 0.4)
        ax.xaxis.set_major_locator(MaxNLocator(4, integer=True, min_n_ticks=1))
        ax.xaxis.set_major_formatter(lambda x, _: calendar[int(x)] if x in months else "")
        ax.tick_params(axis="x", labelsize=7)
    for ax in axes.flat[len(teams) :]:
        ax.set_visible(False)
    left = len(size) - len(teams)
    figure.suptitle(f"What was read: GPUs by month{f'; {left} smaller teams are not shown' if left else ''}", x=0.01,
                    ha="left")  # fmt: skip
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=3, frameon=False)
    figure.supylabel("GPUs", fontsize=9)
    figure.savefig(path, dpi=120)
    return path
