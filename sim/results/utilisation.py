"""What becomes of the GPUs: by team and month what is wanted, entitled to, held, used, idle and borrowed."""

import numpy as np
import pandas as pd

# In GPUs; each has a twin `*_share`, in parts of the month's budget.
AMOUNTS = ("wanted", "asked", "entitled", "granted", "held", "used", "idle", "borrowed", "short")
STARVING = 0.5  # a team that holds less of what it needs starves


def amounts(months: pd.DataFrame, lab: pd.DataFrame) -> pd.DataFrame:
    """Every row of `months` in the words of a utilisation report; `budget` is the lab's, `starving` 0 or 1.

    `granted` is what the committee gives, `held` that and what the head adds; `borrowed` is held above what the team is
    entitled to, `idle` is held and not used, `short` is wanted and not held.
    """
    keys = [name for name in ("point", "replicate", "month") if name in months]
    budget = months[keys].merge(lab[[*keys, "budget"]], on=keys, how="left")["budget"]
    need, held = months["need"].to_numpy(), months["gpus"].to_numpy()
    return pd.DataFrame({
        **{name: months[name] for name in (*keys, "date", "team")}, "budget": budget.to_numpy(),
        "people": months["headcount"], "wanted": need, "asked": months["ask"], "entitled": months["entitled"],
        "granted": months["grant"], "held": held, "used": months["used"], "idle": held - months["used"].to_numpy(),
        "borrowed": np.maximum(0.0, held - months["entitled"].to_numpy()), "short": np.maximum(0.0, need - held),
        "starving": (held < STARVING * need * (1.0 - 1e-9)).astype(float),
    })  # fmt: skip


def utilisation(months: pd.DataFrame, lab: pd.DataFrame) -> pd.DataFrame:
    """A row per team and month (and point), means over histories: AMOUNTS in GPUs and in parts of the month's budget,
    people, and `starving`, the share of histories in which the team holds less than half of what it needs.
    """
    rows = amounts(months, lab)
    keys = [name for name in ("point", "team", "month", "date") if name in rows]
    table = rows.drop(columns="replicate").groupby(keys, observed=True, sort=True).mean().reset_index()
    shares = {f"{name}_share": table[name] / table["budget"] for name in AMOUNTS}
    return pd.concat([table, pd.DataFrame(shares)], axis=1)


def by_team(table: pd.DataFrame) -> pd.DataFrame:
    """A utilisation report without its months: means over them, `met` (held, up to what is wanted, of that), and
    `starving`, the share of months.
    """
    means = table.groupby("team", observed=True)[["budget", *AMOUNTS, "starving"]].mean()
    met = np.divide(means["wanted"] - means["short"], means["wanted"], where=means["wanted"] > 0,
                    out=np.full(len(means), np.nan))  # fmt: skip
    return means.assign(met=met).reset_index()
