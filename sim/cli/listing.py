"""`sim list` and `sim policies`: what there is, by name."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated

import typer

from sim.cli.layout import bold, definitions, room
from sim.errors import check_names


def list_(
    kind: Annotated[
        str | None,
        typer.Argument(help="scenarios, experiments, policies, outcomes, events, mechanisms or figures; default all",
                       show_default=False),
    ] = None,
) -> None:  # fmt: skip
    """List what there is: scenarios, experiments, policies, outcomes, events, mechanisms, figures."""
    check_names("list: unknown", [] if kind is None else [kind], KINDS)
    for name in KINDS if kind is None else (kind,):
        if kind is None:
            print(bold(f"{name.capitalize()}"))
        print(definitions(KINDS[name](), room()))
        if kind is None:
            print()


def policies() -> None:
    """List the allocation policies with their definitions."""
    print(definitions(_policies(), room()))


def _shipped(kind: str) -> Iterator[tuple[str, str]]:
    """The shipped files of a kind: name, and what is asked in them."""
    from sim.scenario.files import read_toml, shipped_folder

    for file in sorted(shipped_folder(kind).glob("*.toml")):
        raw = read_toml(file)
        if kind == "scenarios" or "scenario" in raw:
            yield file.stem, str(raw.get("question") or raw.get("title", ""))


def _policies() -> Iterator[tuple[str, str]]:
    from sim import allocation

    for name in allocation.policies():
        policy = allocation.get(name)
        reads = ", ".join(("asks", *policy.reads))
        yield name, f"{policy.definition}. Reads {reads}."


def _outcomes() -> Iterator[tuple[str, str]]:
    from sim.results.meanings import OUTCOMES

    better = {-1: "; less is better", 0: "", 1: "; more is better"}
    for outcome in OUTCOMES:
        unit = f" ({outcome.unit}{better[outcome.better]})" if outcome.unit else ""
        yield outcome.name, f"{outcome.meaning}{unit}"


def _events() -> Iterator[tuple[str, str]]:
    from sim.model.events import CLASS_OF

    common = {"name", "type", "month", "enabled"}
    for name, kind in CLASS_OF.items():
        own = "; ".join(f"{key}: {field.description}" for key, field in kind.model_fields.items() if key not in common)
        yield name, " ".join((kind.__doc__ or own).split())


def _mechanisms() -> Iterator[tuple[str, str]]:
    from sim.scenario.sections import Mechanisms

    for name, field in Mechanisms.model_fields.items():
        yield name, field.description or ""


def _figures() -> Iterator[tuple[str, str]]:
    from sim.report.kinds import listed

    for of, name, meaning in listed():
        yield name, f"{meaning} (of a saved {of})"


KINDS: dict[str, Callable[[], Iterator[tuple[str, str]]]] = {
    "scenarios": partial(_shipped, "scenarios"),
    "experiments": partial(_shipped, "experiments"),
    "policies": _policies,
    "outcomes": _outcomes,
    "events": _events,
    "mechanisms": _mechanisms,
    "figures": _figures,
}
