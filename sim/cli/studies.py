"""`sim compare` and `sim attribute`."""

from typing import Annotated

import typer

from sim.cli.options import (
    FiguresOption,
    OutOption,
    PosteriorOption,
    ReplicatesOption,
    ScenarioArgument,
    SeedOption,
    SetOption,
    ThreadsOption,
    announce_compilation,
    default_out,
    finish,
    load,
    progress,
)  # fmt: skip
from sim.errors import InputError


def register(app):
    app.command()(compare)
    app.command()(attribute)


def compare(
    scenarios: Annotated[list[str], typer.Argument(help="scenarios; the first is the baseline", show_default=False)],
    policies: Annotated[
        str | None, typer.Option(help="compare these policies of one scenario: all, or names with commas between")
    ] = None,
    case: Annotated[
        list[str] | None, typer.Option("--case", help="NAME: path=value, path=value; another case of the scenario")
    ] = None,
    settings: SetOption = None,
    baseline: Annotated[str | None, typer.Option(help="the case that others are compared with")] = None,
    posterior: PosteriorOption = None,
    replicates: ReplicatesOption = 1000,
    seed: SeedOption = 1,
    out: OutOption = None,
    figures: FiguresOption = True,
    threads: ThreadsOption = None,
):
    """Compare policies, scenarios or settings on the same luck: paired differences with 95 % intervals."""
    from sim.results.folder import check_replaceable
    from sim.studies import compare as study

    folder = out or default_out(scenarios[0], "compare")
    check_replaceable(folder, "compare")
    cases = _cases(scenarios, policies, case, settings)
    announce_compilation("compiled")
    with progress("comparing") as tell:
        found = study.compare(cases, replicates, seed=seed, baseline=baseline, threads=threads, progress=tell,
                              posterior=posterior)  # fmt: skip
    finish(found, folder, figures, lambda: _tell_comparison(found))


def _cases(scenarios, policies, case, settings):
    from sim import allocation
    from sim.scenario import parse_settings
    from sim.studies.compare import policies_of

    if (policies or case) and len(scenarios) > 1:
        raise InputError("compare: --policies and --case take one scenario")
    loaded = {name: load(name, settings) for name in scenarios}
    if len(loaded) < len(scenarios):
        raise InputError("compare: the same scenario is named twice")
    first = loaded[scenarios[0]]
    if policies:
        names = allocation.policies() if policies == "all" else [one.strip() for one in policies.split(",")]
        names = [name for name in names if allocation.policy_fault(name, len(first.team)) is None or policies != "all"]
        own = first.committee.policy
        loaded = policies_of(first, [own, *(name for name in names if name != own)])
    for one in case or []:
        name, colon, rest = one.partition(":")
        name = name.strip()
        if not colon or not name:
            raise InputError(f"--case {one}: must be 'NAME: path=value, path=value'")
        if name in loaded:
            raise InputError(f"--case {one}: there is a case '{name}' already")
        loaded[name] = first.with_overrides(parse_settings(rest))
    return loaded


def _tell_comparison(found):
    from sim.report.console import console, text
    from sim.report.story import show

    printer = console()
    how = f": {len(found.cases)} cases, {len(found.replicates)} replicates, seed {found.seed}; differences from "
    printer.print(text((found.scenario.title, "bold"), how, (found.baseline, "bold")))
    table = found.differences
    for case in found.others():
        one = table[table["case"] == case]
        show(printer, f"{case} against {found.baseline}: paired differences, 95 % intervals", {
            "outcome": one["outcome"], found.baseline: one["base"].map("{:,.3g}".format),
            case: one["mean"].map("{:,.3g}".format), "difference": one["difference"].map("{:+,.3g}".format),
            "from": one["low"].map("{:+,.3g}".format), "to": one["high"].map("{:+,.3g}".format),
            "": ["*" if low > 0 or high < 0 else "" for low, high in zip(one["low"], one["high"], strict=True)],
        })  # fmt: skip
    people = found.people
    show(printer, "The same people: means over replicates, by their first team", {
        "case": people["case"], "team": people["team"],
        **{name.replace("_", " "): people[name].map("{:.2f}".format) for name in people.columns[2:]},
    })  # fmt: skip
    if found.draws:
        from sim.report.verdicts import mixtures

        for table in mixtures.of_comparison(found):
            print(f"\n{table.text(width=80)}")


def attribute(
    scenario: ScenarioArgument,
    replicates: Annotated[int, typer.Option("--replicates", "-n", help="for each subset")] = 200,
    seed: SeedOption = 1,
    mechanisms: Annotated[str | None, typer.Option(help="names with commas between; default all that drive")] = None,
    tunings: Annotated[int, typer.Option(help="draws of the parameters, for the range over tunings; 0 for none")] = 60,
    posterior: PosteriorOption = None,
    settings: SetOption = None,
    out: OutOption = None,
    figures: FiguresOption = True,
    threads: ThreadsOption = None,
):
    """Which mechanism, and which kind of event, caused how many departures: Shapley values with intervals."""
    from sim.results.folder import check_replaceable
    from sim.studies import attribute as study

    folder = out or default_out(scenario, "attribute")
    check_replaceable(folder, "attribute")
    chosen = load(scenario, settings)
    names = [one.strip() for one in mechanisms.split(",")] if mechanisms else None
    announce_compilation("compiled")
    with progress("attributing") as tell:
        found = study.attribute(
            chosen, replicates, seed=seed, mechanisms=names, tunings=tunings, threads=threads, progress=tell,
            posterior=posterior,
        )  # fmt: skip
    finish(found, folder, figures, lambda: _tell_attribution(found))


def _tell_attribution(found):
    from sim.report.console import console, text
    from sim.report.story import show

    printer = console()
    for view, key, title in (
        ("mechanisms", "mechanism", "Shapley value of each mechanism"),
        ("events", "kind", "Shapley value of each kind of event (several mechanisms at once)"),
        ("what_if", "event", "What changes if one event does not happen"),
    ):
        table = getattr(found, view)
        if not len(table):
            continue
        outcomes = list(dict.fromkeys(table["outcome"]))
        columns = {key: list(dict.fromkeys(table[key]))}
        for outcome in outcomes:
            columns[outcome.removeprefix("left_share.")] = [
                _value(one, outcome) for _, one in table[table["outcome"] == outcome].iterrows()
            ]
        show(printer, f"{title}: share of the cohort that left; 'left' in people; 95 % intervals", columns)
    totals = found.totals
    show(printer, "With all of them off and on: the values above add up to the difference", {
        "view": totals["view"], "outcome": totals["outcome"].str.removeprefix("left_share."),
        "all off": totals["all_off"].map("{:.3g}".format), "all on": totals["all_on"].map("{:.3g}".format),
    })  # fmt: skip
    if "tunings" in found.tables:
        met = int(found.tunings["meets_record"].sum())
        printer.print(
            text(f"In brackets: 5 to 95 % over the {met} of {len(found.tunings)} drawn tunings that meet the record")
        )


def _value(one, outcome):
    form, scale = ("{:+.1f}", 1.0) if outcome == "left" else ("{:+.1f} %", 100.0)
    words = f"{form.format(scale * one['value'])} ± {scale * (one['high'] - one['value']):.1f}"
    if "tuned_q05" in one and one["tuned_q05"] == one["tuned_q05"]:
        words += f" ({scale * one['tuned_q05']:.1f} to {scale * one['tuned_q95']:.1f})"
    return words
