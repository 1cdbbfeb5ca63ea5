"""The one exception for input that a person can mend."""

from difflib import get_close_matches


class InputError(ValueError):
    """Bad input: one line per fault, each naming where it is and what is wrong.

    The command line prints the lines on standard error and ends with exit code 2.
    """

    def __init__(self, *faults: str):
        super().__init__("\n".join(faults))
        self.faults = list(faults)

    def __reduce__(self):
        return type(self), tuple(self.faults)


def did_you_mean(name: str, valid) -> str:
    """`" (did you mean 'x'?)"` for the nearest valid name, or the valid names if few, or nothing."""
    valid = [str(one) for one in valid]
    near = get_close_matches(str(name), valid, n=1, cutoff=0.5)
    if near:
        return f" (did you mean '{near[0]}'?)"
    if 0 < len(valid) <= 12:
        return f" (valid: {', '.join(valid)})"
    return ""
