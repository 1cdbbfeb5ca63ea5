"""The one exception for input that a person can mend."""

from collections.abc import Callable, Collection, Iterable
from difflib import get_close_matches
from functools import wraps
from typing import Any, TypeVar, cast


class InputError(ValueError):
    """Bad input: one line per fault, each naming where it is and what is wrong.

    The command line prints the lines on standard error and ends with exit code 2.
    """

    code = 2

    def __init__(self, *faults: str):
        super().__init__("\n".join(faults))
        self.faults = list(faults)

    def __reduce__(self) -> tuple[type["InputError"], tuple[str, ...]]:
        return type(self), tuple(self.faults)


class NothingFound(InputError):
    """A study ran through and says nothing: why. The command line ends with exit code 1."""

    code = 1


class Stopped(InputError):
    """Work ended before all was done, by no fault of the input: what is finished is kept, the same command goes on."""

    code = 1


MOST_LISTED = 40  # valid names that a fault lists


def nearest_name(name: object, valid: Iterable[object]) -> str | None:
    """The valid name that is spelt most like a name, if any is much like it."""
    return next(iter(get_close_matches(str(name), list(map(str, valid)), n=1, cutoff=0.5)), None)


def did_you_mean(name: object, valid: Iterable[object]) -> str:
    """`" (did you mean 'x'? valid: x, y)"`: the nearest valid name if one is near, and all of them if they are few."""
    names = list(dict.fromkeys(map(str, valid)))
    near = nearest_name(name, names)
    words = [f"did you mean '{near}'?"] if near else []
    if 0 < len(names) <= MOST_LISTED:
        words.append(f"valid: {', '.join(names)}")
    return f" ({' '.join(words)})" if words else ""


def check_names(what: str, names: Iterable[object], valid: Collection[object]) -> None:
    """Raise InputError with a line for each name that is not valid: `what`, the name, and what there is."""
    faults = [f"{what} '{name}'{did_you_mean(name, valid)}" for name in names if name not in valid]
    if faults:
        raise InputError(*faults)


def check_whole(what: str, value: Any, low: int, high: int | None = None) -> None:
    """Raise InputError for what is no whole number from `low` to `high`, if there is a highest."""
    whole = hasattr(value, "__index__") and not isinstance(value, bool)
    if not whole or int(value) < low or (high is not None and int(value) > high):
        span = f"of at least {low}" if high is None else f"from {low} to {high:,}"
        raise InputError(f"{what}: must be a whole number {span}, got {value!r}")


Function = TypeVar("Function", bound=Callable[..., Any])


def by_name_after(count: int) -> Callable[[Function], Function]:
    """A decorator: arguments beyond the first `count` go by name, and who gives more is told which names to write."""

    def decorate(function: Function) -> Function:
        code = function.__code__
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        own = int(names[:1] == ("self",))  # is not counted
        name = function.__qualname__.removesuffix(".__init__")

        @wraps(function)
        def called(*given: Any, **named: Any) -> Any:
            if len(given) - own > count:
                wanted = ", ".join(f"{name}=" for name in names[count + own : len(given)])
                raise TypeError(f"{name}: arguments beyond the first {count} go by name: {wanted}")
            return function(*given, **named)

        return cast(Function, called)

    return decorate
