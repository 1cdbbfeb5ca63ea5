"""Does the model show the effects that the literature measures? Target, figure and verdict for each.

python experiments/effect_sizes.py [histories [study ...]]

Studies: persons, layoffs, leaders, resignations, sources, quotas, inequality.

Persons are followed in the agents' engine, month by month; what an event does is the same lab with and without it, on
the same luck. Nothing here is fitted: the targets are those of `EVIDENCE.md`, section 4.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import sim
from sim.model import turnover

HISTORIES = int(sys.argv[1]) if len(sys.argv) > 1 else 60
CHOSEN = sys.argv[2:]
YEAR = 12
NODE = 8  # GPUs; quotas on the shared cluster are whole machines
# Quotas of Helios Earth by date of change: HeliosArtifact, CC-BY-4.0, Hu et al., SC'21.
RECORDED = Path(__file__).parent / "helios_earth_quota_changes.csv"


@dataclass
class Finding:
    """A measured quantity beside the interval that it should lie in."""

    quantity: str
    figure: float
    low: float
    high: float
    source: str

    @property
    def verdict(self):
        return "holds" if self.low <= self.figure <= self.high else "FAILS"


# Persons


class Followed(sim.Model):
    """A lab that notes how everybody feels, and how likely they are to leave, in some months."""

    notes = ()
    months = ()

    def stay_or_leave(self):
        if self.month in self.months:
            for team in self.teams:
                turnover.set_shared_log_rate(team, self.p)
            self.notes += tuple(
                (self.month, one.index, one.occupant, one.team.index, one.fairness, np.log(one.leaving_rate()))
                for one in self.people if one.present
            )  # fmt: skip
        super().stay_or_leave()


def panel(scenario, months, histories):
    """A row per person and month followed: F, log hazard, and whether they quit within a year."""
    scenario = scenario.with_overrides({"months": max(months) + YEAR + 1})
    tables = []
    for replicate in range(histories):
        model = Followed(scenario, replicate, seed=1)
        model.months = months
        for _ in range(scenario.months):
            model.step()
        people = pd.DataFrame(model.notes, columns=["month", "seat", "occupant", "team", "fairness", "log_hazard"])
        exits = pd.DataFrame(
            [(one[3], one[4], one[1], one[6]) for one in model.exits], columns=["seat", "occupant", "left", "reason"]
        )
        people = people.merge(exits, on=["seat", "occupant"], how="left").assign(replicate=replicate)
        within = people["left"] - people["month"] < YEAR
        people = people[~(within & (people["reason"] == 1))]  # whoever is laid off cannot quit
        tables.append(people.assign(quit=within.loc[people.index]))
    return pd.concat(tables, ignore_index=True)


def persons(histories):
    """Fairness, hazard and quitting between persons, as surveys of a whole organisation see them."""
    scenario = sim.load_scenario("llama_vs_opt")
    months = tuple(range(4, scenario.months, 3))
    people = panel(scenario, months, histories)
    print("Fairness between persons, by month (LLaMA versus OPT, the whole lab)")
    rows = []
    for month, one in people.groupby("month"):
        spread = one["fairness"].std()
        slope = np.polyfit(one["fairness"], one["log_hazard"], 1)[0]
        cells = one.groupby(["replicate", "team"])["fairness"]
        rows.append({
            "date": scenario.date_of(month), "people": len(one), "sd of F": spread,
            "within team": (cells.var(ddof=0) * cells.size()).sum() / cells.size().sum() / one["fairness"].var(ddof=0),
            "r(F, quit)": one["fairness"].corr(one["quit"].astype(float)),
            "r(F, log hazard)": one["fairness"].corr(one["log_hazard"]),
            "r(log hazard, quit)": one["log_hazard"].corr(one["quit"].astype(float)),
            "hazard per sd": np.exp(-slope * spread),
        })  # fmt: skip
    table = pd.DataFrame(rows).set_index("date")
    print(table.round(3).to_string(), "\n")
    return [
        Finding("r(F, quit within a year), median month", table["r(F, quit)"].median(), -0.20, -0.05, "Griffeth 2000"),
        Finding("  ... in the weakest month", table["r(F, quit)"].max(), -0.20, 0.0, "Griffeth 2000"),
        Finding("  ... in the strongest month", table["r(F, quit)"].min(), -0.25, -0.05, "Griffeth 2000"),
        Finding("r(F, log hazard), median month", table["r(F, log hazard)"].median(), -0.55, -0.30, "Colquitt 2001"),
        Finding("r(log hazard, quit), median month", table["r(log hazard, quit)"].median(), 0.25, 0.40, "as above"),
        Finding("hazard per sd less fair, median month", table["hazard per sd"].median(), 1.25, 1.45, "derived"),
        Finding("variance of F within teams, median month", table["within team"].median(), 0.3, 0.95, "surveys"),
    ]


# Events, in a calm lab


def calm(size, teams, events, **sections):
    """A lab of equal teams with enough GPUs for all, half of it at another site, where nobody is replaced."""
    raw = {
        "start": "2022-01", "months": 2 + YEAR, "budget": {"gpus": 10.0 * size * teams},
        "mechanisms": {"hiring": False},
        "team": [
            {"name": f"team{i:03d}", "line": f"line{i:03d}", "site": "there" if i % 2 else "here", "researchers": size,
             "baseline": 5.0} for i in range(teams)
        ],
        "event": events,
    }  # fmt: skip
    return sim.Scenario.from_dict(raw | sections)


def yearly_quits(scenario, points, histories):
    """Quits in the year from the third month on, for each who was there, by point."""
    months = sim.run(scenario, histories, seed=1, detail="months", points=points).months
    year = months[months["month"] >= 2].groupby("point")
    there = months[months["month"] == 2].groupby("point")
    return (year["quit"].sum() / (there["headcount"].sum() - there["laid_off"].sum())).to_numpy()


def layoffs(histories):
    event = {"name": "cut", "type": "layoff", "month": "2022-03", "fraction": 0.01}
    doses = np.array([0.0, 0.005, 0.01, 0.13])
    points = {"event.cut.fraction": doses, "event.cut.enabled": (doses > 0).astype(float)}
    quits = yearly_quits(calm(10, 40, [event]), points, 8 * histories)
    half, one, large = quits[1:] / quits[0]
    # An unjust lab: too few GPUs, nobody is heard, nobody speaks for the site.
    unjust = calm(
        10, 40, [event, *({"name": f"{site}_alone", "type": "lead_leaves", "month": "2022-01", "site": site}
                        for site in ("here", "there"))],
        budget={"gpus": 1000.0}, head={"hears": 0}, shocks={"lead_leaves": 0.0},
    )  # fmt: skip
    quits = yearly_quits(unjust, points, 8 * histories)
    return [
        Finding("0.5 % laid off: next year's quits, times", half, 1.20, 1.30, "Trevor and Nyberg 2008"),
        Finding("1 % laid off: next year's quits, times", one, 1.26, 1.36, "Trevor and Nyberg 2008"),
        Finding("13 % laid off: next year's quits, times", large, one, 2.5, "more than for 1 %"),
        Finding("1 % in an unjust lab against a just one, times", quits[2] / quits[0] / one, 1.02, 2.0, "ditto"),
    ]  # fmt: skip


def leaders(histories):
    event = {"name": "goes", "type": "lead_leaves", "month": "2022-03", "site": "there"}
    points = {"event.goes.enabled": np.array([0.0, 1.0])}
    found = sim.run(calm(10, 40, [event]), 8 * histories, seed=1, detail="months", points=points).months
    struck = found[(found["month"] >= 2) & (found["team"].str.slice(4).astype(int) % 2 == 1)]
    quits = struck.groupby("point")["quit"].sum()
    short = sim.run(
        calm(10, 40, [event], budget={"gpus": 1000.0}), 8 * histories, seed=1, detail="months", points=points
    )
    both = short.months[(short.months["month"] >= 2) & (short.months["team"].str.slice(4).astype(int) % 2 == 1)]
    both = both.groupby("point")["quit"].sum()
    return [
        Finding("a leader's exit: twelve months' quits, times", quits[1] / quits[0], 2.0, 5.0, ">100,000 employees"),
        Finding("  ... where GPUs are short, unfairness and all", both[1] / both[0], 2.0, 5.0, ">100,000 employees"),
    ]


class Struck(sim.Model):
    """A calm lab in which one of each team resigns in a given month, and which notes everybody's hazard."""

    strikes = False
    when = 3

    def stay_or_leave(self):
        if self.strikes and self.month == self.when:
            for team in self.teams:
                team.members[0].patience = 0.0
        for team in self.teams:
            turnover.set_shared_log_rate(team, self.p)
        rates = {one.index: one.leaving_rate() for one in self.people if one.present}
        self.hazards = [*getattr(self, "hazards", []), rates]
        super().stay_or_leave()


def resignations(histories):
    findings = []
    for size, low, high in ((6, 0.12, 0.15), (2, 0.20, 0.30)):
        scenario = calm(size, 20, [])
        ratios = []
        for replicate in range(max(2, histories // 10)):
            labs = [Struck(scenario, replicate, seed=1) for _ in range(2)]
            labs[1].strikes = True
            for lab in labs:
                for _ in range(scenario.months):
                    lab.step()
            rows = []
            for month in range(Struck.when + 1, scenario.months):
                quiet, struck = labs[0].hazards[month], labs[1].hazards[month]
                both = quiet.keys() & struck.keys()
                rows.append(np.mean([struck[who] / quiet[who] for who in both]) if both else np.nan)
            ratios.append(rows)
        by_month = np.nanmean(ratios, axis=0) - 1.0
        print(f"One resignation in a team of {size}: teammates' excess hazard in the months after")
        print("  ".join(f"{k + 1}: {100 * value:.1f} %" for k, value in enumerate(by_month[:8])), "\n")
        days = (by_month[:4].sum() + 0.5 * by_month[4]) / 4.5
        findings.append(
            Finding(f"one resignation in a team of {size}: excess over 135 days", days, low, high, "Visier 2022")
        )
        if size == 6:
            findings += [
                Finding("  ... its peak, months after", float(1 + by_month.argmax()), 2, 3, "Visier 2022"),
                Finding(
                    "  ... left in the fifth month, of the peak", by_month[4] / by_month.max(), 0.0, 0.25, "Visier 2022"
                ),
            ]
    return findings


# Quotas


def quota_dynamics(held):
    """How quotas (teams by months, GPUs) move: of those that hold one, what changes, and how shares correlate."""
    before, after = held[:, :-1], held[:, 1:]
    had = before > 0
    changed = had & (before != after)
    with np.errstate(invalid="ignore", divide="ignore"):
        together = [np.corrcoef(before[:, m], after[:, m])[0, 1] for m in range(before.shape[1])]
    return {
        "change": changed.sum() / had.sum(), "are cut to zero": (had & (after == 0)).sum() / had.sum(),
        "grow": (had & (after > before)).sum() / had.sum(),
        "are cut in part": (changed & (after < before) & (after > 0)).sum() / had.sum(),
        "median step": np.median(np.abs(after - before)[changed] / before[changed]) if changed.any() else np.nan,
        "correlation, median month": np.nanmedian(together), "correlation, lowest month": np.nanmin(together),
    }  # fmt: skip


def quotas(histories):
    """How quotas move on a shared cluster, in whole machines, as each month begins; the record by the same measure."""
    result = sim.run("shared_cluster", 4 * histories, seed=1)
    held = result.months.pivot_table(index=["replicate", "team"], columns="month", values="quota", observed=True)
    held = NODE * np.round(held.to_numpy() / NODE)
    by_history = held.reshape(4 * histories, -1, held.shape[1])
    modelled = pd.DataFrame([quota_dynamics(one) for one in by_history])
    changes = pd.read_csv(RECORDED, parse_dates=["date"])
    firsts = pd.date_range("2020-04-01", "2020-09-01", freq="MS")
    by_day = changes.pivot_table(index="date", columns="team", values="quota_gpus")
    by_day = by_day.reindex(pd.date_range(firsts[0], firsts[-1])).ffill()
    recorded = quota_dynamics(by_day.loc[firsts].T.to_numpy())
    bands = modelled.quantile([0.05, 0.5, 0.95]).T.assign(recorded=recorded)
    print("Quotas on the shared cluster, single histories (5 %, half, 95 %) beside the recorded one")
    print(bands.round(3).to_string(), "\n")
    before, after = held[:, :-1], held[:, 1:]
    had = before > 0
    changed = had & (before != after)
    step = np.abs(after - before)[changed] / before[changed]
    together = [quota_dynamics(one[:, m : m + 2])["correlation, median month"]
                for one in by_history for m in range(held.shape[1] - 1)]  # fmt: skip
    source = "Helios Earth"
    return [
        Finding("quotas that change in a month", changed.sum() / had.sum(), 0.12, 0.20, source),
        Finding("  ... are cut to zero", (had & (after == 0)).sum() / had.sum(), 0.03, 0.08, source),
        Finding("  ... grow", (had & (after > before)).sum() / had.sum(), 0.03, 0.08, source),
        Finding("median step of those that change", np.median(step), 0.42, 0.72, source),
        Finding("correlation of shares from month to month, median", np.nanmedian(together), 0.65, 1.00, source),
        Finding("  ... below .65, part of the months", np.mean(np.array(together) < 0.65), 0.0, 0.2, "one of five"),
        *(
            Finding(f"recorded: {name}", recorded[name], *bands.loc[name, [0.05, 0.95]], "the model's 90 %")
            for name in bands.index
        ),
    ]


# How unequal the division is


def inequality(histories):
    """Gini of GPUs over teams with people, and the largest team's share, while both language models are under way."""
    months = sim.run("llama_vs_opt", 4 * histories, seed=1).months
    both = months[(months["date"] >= "2022-08") & (months["date"] <= "2023-02") & (months["headcount"] > 0)]
    gpus = both.pivot_table(index=["date", "replicate"], columns="team", values="gpus", observed=True).dropna(axis=1)
    shares = np.sort(gpus.to_numpy(), axis=1) / gpus.to_numpy().sum(axis=1, keepdims=True)
    teams = shares.shape[1]
    gini = (2.0 * shares @ np.arange(1, teams + 1) - (teams + 1)) / teams
    by_month = pd.DataFrame({"gini": gini, "top": shares[:, -1]}, index=gpus.index).groupby("date").median()
    print(f"Inequality of GPUs over {teams} teams, medians of histories, by month")
    print(by_month.round(3).T.to_string(), "\n")
    return [
        Finding("Gini of GPUs over teams, most equal month", by_month["gini"].min(), 0.44, 0.56, "Helios"),
        Finding("  ... least equal month", by_month["gini"].max(), 0.44, 0.56, "Helios"),
        Finding("the largest team's share of GPUs, median month", by_month["top"].median(), 0.25, 0.35, "Helios: .30"),
    ]


# What comparison does


def sources(histories):
    """Each source of unfairness switched off: who leaves then."""
    scenario = sim.load_scenario("llama_vs_opt")
    names = list(type(scenario.fairness.feels).model_fields)
    points = {f"fairness.feels.{name}": np.array([1.0] + [float(name != other) for other in names]) for name in names}
    outcomes = sim.run(scenario, 16 * histories, seed=1, detail="summary", points=points).outcomes
    columns = [f"left_share.{cohort}" for cohort in scenario.cohort]
    means = outcomes.groupby("point")[columns].mean()
    change = 100.0 * (means.iloc[1:] - means.iloc[0])
    change.index = names
    print("Each source of unfairness switched off: change in the share that left, points")
    print(change.round(1).to_string(), "\n")
    envy = -change.loc["envy", "left_share.llama_authors"]
    return [Finding("LLaMA's authors who leave out of envy, points", envy, 1.0, 15.0, "comparison must show")]


STUDIES = {study.__name__: study for study in (persons, layoffs, leaders, resignations, sources, quotas, inequality)}


def main():
    found = []
    for name, study in STUDIES.items():
        if name in CHOSEN or not CHOSEN:
            found += study(HISTORIES)
    table = pd.DataFrame({
        "quantity": [one.quantity for one in found], "target": [f"{one.low:.2f} to {one.high:.2f}" for one in found],
        "figure": [f"{one.figure:.3f}" for one in found], "verdict": [one.verdict for one in found],
        "source": [one.source for one in found],
    })  # fmt: skip
    print(table.to_string(index=False))
    print(f"\n{sum(one.verdict == 'holds' for one in found)} of {len(found)} hold")


if __name__ == "__main__":
    main()
