"""What several figures need is found once, and nobody can spoil it for the next."""

import pandas as pd

from sim.report.once import once


class Kept:
    """Anything that keeps attributes."""


def test_it_is_found_once_for_each_study_and_every_caller_has_a_table_of_its_own():
    asked = []

    @once
    def found(study):
        asked.append(study)
        return pd.DataFrame({"people": [1.0, 2.0]})

    one, other = Kept(), Kept()
    first = found(one)
    first.loc[0, "people"] = 99.0
    assert found(one)["people"].tolist() == [1.0, 2.0]
    found(other)
    assert asked == [one, other]
