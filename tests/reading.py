"""A plain reading of MODEL.md: one history of a lab, in dicts and loops, from the page and not from `sim.model`.

It is the independent check of the month that both engines share, so it may use nothing of theirs: only the scenario,
the seats, the random draws and the policies that divide. It is slow, and says each thing once, in the order of
MODEL.md: section 3 (a month), then 6 (submodels). A part of a person, team or project is a key of a dict; parameters
are the scenario's own tables, `p["turnover"]["base_rate"]`.
"""

import math

from sim import allocation, draws
from sim.allocation.claims import make_claims
from sim.scenario.seats import seat_blocks

SOURCES = ("want", "envy", "guilt", "voice", "lead", "consistency")  # of grievances that a month gives cause for
OF_A_TEAM = (
    "need", "ask", "grant", "relief", "gpus", "used", "score", "trust", "padding", "capability", "voice", "envy",
    "guilt", "procedure", "file", "entitled",
)  # fmt: skip
CLASSES = (-1.4632, -0.5986, 0.0, 0.5986, 1.4632)  # five equal classes of sensitivity, in standard deviations


def history(scenario, replicate=0, seed=1):
    """One history.

    Returns a dict: `exits`, a list of (month, team, person, reason); `projects`, {name: (team, status, month of its
    last change or -1)}; `teams`, a list of months, each {team: its numbers in the order of `OF_A_TEAM`}; and `people`,
    a list of months, each {person: (perceived fairness, log hazard)} of those who are there at its end.
    """
    lab = initialise(scenario, replicate, seed)
    for lab["month"] in range(scenario.months):
        calendar(lab)
        ask(lab)
        divide(lab)
        appeal(lab)
        train(lab)
        judge(lab)
        leavers = stay_or_leave(lab)
        after(lab, leavers)
        lab["history"]["teams"].append({name: [team[key] for key in OF_A_TEAM] for name, team in lab["teams"].items()})
        there = [seat for seat in lab["seats"] if seat["holder"]]
        lab["history"]["people"].append({person(seat): answers(lab, seat) for seat in there})
    lab["history"]["projects"] = {
        name: (one["team"], one["status"], one["when"]) for name, one in lab["projects"].items()
    }
    return lab["history"]


def answers(lab, seat):
    """What somebody would say of fairness and of leaving."""
    one = seat["holder"]
    rate = one["ready"] * leaving_rate(lab, seat)
    return one["leaning"] - one["bounded"], math.log(rate) if rate > 0.0 else -math.inf


def person(seat):
    return f"{seat['origin']}/{seat['number']}" + (f".{seat['occupant']}" if seat["occupant"] else "")


# 5. Initialisation


def initialise(scenario, replicate, seed):
    p = switched_off(scenario.to_dict())
    budget = p["budget"]["gpus"] * p["budget"]["scale"]
    teams = {}
    for name, said in p["team"].items():
        teams[name] = {key: p["team_defaults"][key] for key in ("gpus_per_researcher", "compute_dependence")} | said | {
            "led": True, "trust": 1.0, "padding": 1.0, "heat": 1.0, "fit": 1.0, "usage": 0.0, "lags": [0.0, 0.0],
            "credits": p["committee"]["initial_credits"] * budget, "touched": True, "last_ask": 0.0, "file": 0.0,
            "last_fill": None, "procedure": 1.0, "n": 0, "need": 0.0, "productivity": 0.0,
            "deviate": 0.0, "plan": 0.0, "spent": 0.0, "forfeited": 0.0,
        }  # fmt: skip
    projects = {}
    for name, said in p["project"].items():
        projects[name] = {
            "name": name, "team": said["team"], "status": "planned", "when": -1, "slips": 0, "novelty": 1.0,
            "work_left": scenario.project[name].work, "prestige": said["prestige"], "months": 0, "pace": 0.0,
            "crew": said.get("crew", p["team"][said["team"]]["researchers"]),
            "start": scenario.month_of(said["start"]), "target": scenario.month_of(said["target"]),
        }  # fmt: skip
    seats = []
    for block in seat_blocks(scenario):
        for number in range(block.size):
            seats.append({"origin": block.origin, "number": number, "event": block.event, "team": block.team,
                          "occupant": 0, "holder": None, "due": None})  # fmt: skip
    lab = {
        "p": p, "month": 0, "replicate": replicate, "seed": seed, "budget": budget, "teams": teams,
        "projects": projects, "seats": seats, "lines": scenario.lines(),
        "history": {"exits": [], "teams": [], "people": []},
        "events": [one | {"month": scenario.month_of(one["month"])} for one in p["event"].values()],
    }  # fmt: skip
    for seat in seats:
        if seat["event"] is None:
            newcomer(lab, seat, joined=None)
            seat["holder"]["visibility"] = teams[seat["team"]]["visibility"]
    return lab


def newcomer(lab, seat, joined):
    """Somebody new in a seat, with the nature that luck gave them. `joined` is None for those there from the start."""
    p = lab["p"]
    patience, aversion = who(lab, seat, draws.PERSON, month=0)
    feeling, _ = who(lab, seat, draws.SENSITIVITY, month=0)
    leaning, frailty = who(lab, seat, draws.DISPOSITION, month=0)
    alpha = 0.0 if aversion < 0.3 else 0.5 if aversion < 0.6 else 1.0 if aversion < 0.9 else 4.0
    beta = 0.0 if aversion < 0.3 else 0.25 if aversion < 0.6 else 0.6
    leaning = p["fairness"]["leaning"] * draws.normal(leaning)
    spread, steep = p["turnover"]["frailty"], p["fairness"]["sensitivity"]
    ready = math.exp(spread * draws.normal(frailty) - spread**2 / 2 - p["turnover"]["fairness"] * leaning)
    seat["due"] = None
    seat["holder"] = {
        "joined": joined, "ready": ready, "patience": -math.log(patience) / ready, "cumulative_hazard": 0.0,
        "leaning": leaning,
        "sensitivity": math.exp(steep * CLASSES[int(5 * feeling)] - steep**2 / 2),
        "aversion": {"envy": alpha * p["fairness"]["envy"] / 0.85, "guilt": beta * p["fairness"]["guilt"] / 0.315},
        "promised": lab["teams"][seat["team"]]["promised_gpus"],
        "held": dict.fromkeys((*SOURCES, "grief"), 0.0), "bounded": 0.0,
        "shock": 0.0, "loss": 0.0, "visibility": 0.0, "months": {},
    }  # fmt: skip


# 7. Randomness


def who(lab, seat, decision, month=None, event=""):
    """The two uniforms of a decision about the holder of a seat."""
    name = draws.name_hash(seat["origin"]) ^ (draws.name_hash(event) if event else 0)
    holder = seat["number"] * 4096 + seat["occupant"]
    when = lab["month"] if month is None else month
    return draws.two_uniforms(lab["seed"], lab["replicate"], when, decision, name, holder)


def chance(lab, decision, name, other=0):
    """The uniform of a decision about a team or line of work."""
    return draws.uniform(lab["seed"], lab["replicate"], lab["month"], decision, draws.name_hash(name), other)


# Rounding, and other small things


def below(amount, other, scale):
    """Whether an amount is less than another by more than a billionth of what they come from."""
    return amount < other - 1e-9 * scale


def left_after_a_month(half_life):
    return 0.5 ** (1.0 / half_life)


def close(n):
    """`max(2/n, min(1, 10/n))`"""
    return max(2.0 / n, min(1.0, 10.0 / n)) if n else 0.0


def members(lab, team):
    """Seats of those who are in a team now."""
    return [seat for seat in lab["seats"] if seat["holder"] and seat["team"] == team]


def active(lab, team=None):
    """Projects under way in the order of their names: all, or a team's."""
    return [one for one in lab["projects"].values() if one["status"] == "active" and team in (None, one["team"])]


def on_line(lab, line):
    return [name for name, team in lab["teams"].items() if line in (None, team["line"])]


# 6. Mechanisms


def switched_off(p):
    """The scenario's tables with neutral values for what is off."""
    on, feels = p["mechanisms"], p["fairness"]["feels"]
    neutral = {
        "fairness": {"fairness": ("envy", "guilt", "deprivation", "procedural", "grief", "leaning")},
        "shocks": {"shocks": ("lead_leaves", "layoff", "reorganise", "dissolve", "scooped", "startup")},
        "startup": {"turnover": ("founding",)}, "gaming": {"team_defaults": ("padding_speed", "optimism")},
        "appeals": {"budget": ("reserve",), "head": ("appeal_below",)}, "hiring": {"hiring": ("backfill",)},
        "review": {"committee": ("review_rate", "abandon_below")},
    }  # fmt: skip
    neutral |= {name: {"turnover": (name,)} for name in ("contagion", "market", "visibility", "promise", "mission")}
    off = [neutral[name] for name, is_on in on.items() if not is_on and name in neutral]
    unfelt = {"envy": "envy", "guilt": "guilt", "want": "deprivation", "grief": "grief", "leaning": "leaning"}
    off += [{"fairness": (unfelt[name],)} for name, is_on in feels.items() if not is_on and name in unfelt]
    for one in off:
        for table, names in one.items():
            p[table] |= dict.fromkeys(names, 0.0)
    return p


# 3.1 Calendar, and 6. Events


def calendar(lab):
    for event in lab["events"]:
        if event["month"] == lab["month"] and event["enabled"]:
            happen(lab, event)
    for seat in lab["seats"]:
        if seat["due"] == lab["month"]:
            seat["occupant"] += 1
            newcomer(lab, seat, joined=lab["month"])
    for project in lab["projects"].values():
        if project["status"] == "planned" and project["start"] <= lab["month"]:
            becomes(lab, project, "active")


def happen(lab, event):
    teams, kind, shocks = lab["teams"], event["type"], lab["p"]["shocks"]
    if kind == "budget":
        lab["budget"] = event["gpus"] * lab["p"]["budget"]["scale"]
        touch(lab, *teams)
    elif kind == "priority":
        for name, member in lab["p"]["committee"]["members"].items():
            if event.get("member", name) == name:
                member["priorities"] = member["priorities"] | event["priorities"]
    elif kind in ("demand", "quota"):
        key = {"demand": "baseline", "quota": "weight"}[kind]
        for name, value in event[key].items():
            teams[name][key] = value
            if kind == "quota":
                teams[name] |= {"plan": 0.0, "spent": 0.0, "forfeited": 0.0}
        touch(lab, *(event[key] if kind == "quota" else ()))
    elif kind in ("market", "mission"):
        key = {"market": "heat", "mission": "fit"}[kind]
        for name in on_line(lab, event.get("line")):
            teams[name][key] = event[key]
    elif kind == "layoff":
        struck = event.get("teams", list(teams))
        for seat in lab["seats"]:
            if seat["holder"] and seat["team"] in struck:
                if who(lab, seat, draws.LAYOFF, event=event["name"])[0] < event["fraction"]:
                    leave(lab, seat, "laid_off")
        dose = (100.0 * event["fraction"]) ** shocks["layoff_dose"] if event["fraction"] > 0.0 else 0.0
        for name in struck:
            unjust = shocks["layoff_justice"] * (1.0 - teams[name]["procedure"])
            shake(lab, name, shocks["layoff"] * dose * (1.0 + unjust))
        touch(lab, *struck)
    elif kind in ("lead_leaves", "lead_arrives"):
        for name, team in teams.items():
            if team["site"] == event["site"]:
                team["led"] = kind == "lead_arrives"
                for seat in members(lab, name) if kind == "lead_leaves" else ():
                    seat["holder"]["loss"] += shocks["lead_leaves"]
    elif kind == "cancel":
        project = lab["projects"][event["project"]]
        if project["status"] in ("planned", "active"):
            cancel(lab, project)
    elif kind == "transfer":
        hand_over(lab, lab["projects"][event["project"]], event["to"])
    elif kind == "dissolve":
        merge(lab, event["team"], event["to"])
    elif kind == "reorganise":
        for name in event["from"]:
            shake(lab, name, shocks["reorganise"])
        for seat in lab["seats"]:
            if seat["holder"] and seat["team"] in event["from"]:
                if who(lab, seat, draws.REORGANISE, event=event["name"])[0] < event["from"][seat["team"]]:
                    move(lab, seat, event["into"])
    elif kind == "hire":
        for seat in lab["seats"]:
            if seat["event"] == event["name"]:
                seat["team"] = event["team"]
                touch(lab, event["team"])
                newcomer(lab, seat, joined=lab["month"])
    elif kind == "shock" and lab["p"]["mechanisms"]["shocks"]:
        for name in event.get("teams", list(teams)):
            shake(lab, name, event["size"])


def touch(lab, *names):
    """Their files are to be reopened."""
    for name in names:
        lab["teams"][name]["touched"] = True


def shake(lab, team, size):
    for seat in members(lab, team):
        seat["holder"]["shock"] += size


def becomes(lab, project, status):
    project["status"], project["when"] = status, lab["month"]
    touch(lab, project["team"])


def cancel(lab, project):
    """Those who were at work on a cancelled project grieve, by the share of their team's need that it took."""
    team = lab["teams"][project["team"]]
    if project["status"] == "active" and team["need"] > 0.0 and team["productivity"] > 0.0:
        share = min(1.0, project["pace"] / team["productivity"] / team["need"])
        for seat in members(lab, project["team"]):
            one = seat["holder"]
            one["held"]["grief"] += one["sensitivity"] * softened(lab, team) * lab["p"]["fairness"]["grief"] * share
    becomes(lab, project, "cancelled")


def hand_over(lab, project, team):
    touch(lab, project["team"], team)
    project["team"] = team


def move(lab, seat, team):
    touch(lab, seat["team"], team)
    seat["team"] = team
    seat["holder"]["joined"] = lab["month"]


def merge(lab, team, into):
    """A team's people, projects and due hires go to another."""
    shake(lab, team, lab["p"]["shocks"]["dissolve"])
    for seat in lab["seats"]:
        if seat["team"] == team and seat["holder"]:
            move(lab, seat, into)
        elif seat["team"] == team:
            seat["team"] = into
    for project in lab["projects"].values():
        if project["team"] == team:
            hand_over(lab, project, into)
    touch(lab, team, into)


def leave(lab, seat, reason):
    lab["history"]["exits"].append((lab["month"], seat["team"], person(seat), reason))
    seat["holder"] = None


# 3.2 Ask


def ask(lab):
    p, month = lab["p"], lab["month"]
    defaults, committee = p["team_defaults"], p["committee"]
    for name, team in lab["teams"].items():
        people, projects = members(lab, name), active(lab, name)
        n = team["n"] = len(people)
        crew, pace, team["proximity"] = 0.0, 0.0, committee["proximity_floor"]
        for project in projects:
            months_left = max(1.0, project["target"] - month)
            project["pace"] = project["work_left"] / months_left
            project["months"] += 1
            crew += project["crew"]
            pace += project["pace"]
            declared = max(1.0, (1.0 - defaults["optimism"]) * months_left)
            floor = committee["proximity_floor"]
            near = 2.0 ** (-declared / committee["proximity_half_life"] - project["slips"])
            project["proximity"] = project["novelty"] * (floor + (1.0 - floor) * near)
            team["proximity"] = max(team["proximity"], project["proximity"])
        experience, spirits = 0.0, 0.0
        for seat in people:
            one = seat["holder"]
            for project in projects:
                one["months"][project["name"]] = one["months"].get(project["name"], 0) + 1
            been = math.inf if one["joined"] is None else month - one["joined"]
            experience += min(1.0, 0.5 + been / (2.0 * defaults["ramp"]))
            spirits -= one["bounded"]
        counts = p["mechanisms"]["capability"] and crew > 0.0
        team["capability"] = min(1.0, experience / crew) if counts else 1.0
        spirit = max(0.5, 1.0 + defaults["drag"] * min(0.0, spirits / n)) if n else 0.0
        team["productivity"] = team["capability"] ** defaults["skill_elasticity"] * spirit
        team["usable"] = team["gpus_per_researcher"] * n
        work = pace / team["productivity"] if team["productivity"] > 0.0 else 0.0
        team["demand"] = team["baseline"] * n * times_its_mean(lab, name, team)
        team["need"] = min(team["usable"], team["demand"] + work)
        team["ask"] = team["need"] * team["padding"]


def times_its_mean(lab, name, team):
    """A month's demand over its mean: lognormal with mean 1, its logs an AR(1) that begins as it goes on."""
    spread, keeps = (lab["p"]["team_defaults"][f"demand_{key}"] for key in ("spread", "persistence"))
    z = draws.normal(chance(lab, draws.DEMAND, name))
    team["deviate"] = z if lab["month"] == 0 else keeps * team["deviate"] + (1.0 - keeps**2) ** 0.5 * z
    return math.exp(spread * team["deviate"] - spread**2 / 2.0)


# 3.3 Divide


def entitle(lab, budget):
    """What every team is entitled to of what is divided: by weight, less what it has forfeited."""
    manned = [team for team in lab["teams"].values() if team["n"] > 0]
    for team in lab["teams"].values():
        team["counts"] = team["weight"] * (1.0 - team["forfeited"])
        team["borrows"], team["lends"] = (team.get(f"{what}_limit", math.inf) for what in ("borrowing", "lending"))
        team["borrows_by"] = team.get("borrowing_weight", team["counts"])
        team["floor"] = team["guaranteed_gpus"] * (1.0 - team["forfeited"])
        team["entitled"] = 0.0
    weights = sum(team["counts"] for team in manned)
    for team in manned:
        team["entitled"] = budget * (team["counts"] / weights if weights > 0.0 else 1.0 / len(manned))


def look_at_plans(lab):
    """Use it or lose it."""
    rule, months = lab["p"]["committee"]["use_it_or_lose_it"], lab["month"] + 1
    for name, team in lab["teams"].items() if rule["below"] > 0.0 else ():
        team["plan"] += team["entitled"]
        team["spent"] += team["used"]
        if months % rule["plan_months"] == 0:
            touch(lab, *([name] if team["forfeited"] > 0.0 else ()))
            team |= {"plan": 0.0, "spent": 0.0, "forfeited": 0.0}
        elif months % rule["every"] == 0 and below(team["spent"], rule["below"] * team["plan"], team["plan"]):
            team["forfeited"] = rule["loses"]
            touch(lab, name)


def divide(lab):
    p, teams, month = lab["p"], lab["teams"], lab["month"]
    committee, plenty = p["committee"], scarcity(lab) == 0.0
    members_, power = committee["members"], sum(one["power"] for one in committee["members"].values())
    for name, team in teams.items():
        reopens = committee["revisit"]
        if team["touched"] or team["last_ask"] <= 0.0:
            reopens = max(reopens, committee["reopen"])
        team["open"] = month == 0 or reopens >= 1.0 or chance(lab, draws.REVISIT, name) < reopens
        if team["open"]:
            team["touched"] = False
        elif chance(lab, draws.CLOSE, name) < committee["close"]:
            team["file"] = 0.0
        support = 0.0
        for member, one in members_.items():
            u = draws.uniform(
                lab["seed"], lab["replicate"], month, draws.NOISE, draws.name_hash(member), draws.name_hash(name)
            )
            says = one["priorities"].get(name, one["priorities"].get(team["line"], 1.0))
            support += one["power"] * says * math.exp(committee["noise"] * draws.normal(u))
        presence = 1.0 if team["led"] else committee["absent_presence"]
        team["standing"] = team["trust"] * presence * support / power
        team["score"] = team["standing"] * team["proximity"]
        team["claim"] = up(lab, min(team["ask"], team["need"]) if plenty else team["ask"])
    budget = lab["budget"] - down(lab, p["budget"]["reserve"] * lab["budget"])
    entitle(lab, budget)
    shut = [team for team in teams.values() if not team["open"]]
    for team in teams.values():
        team["grant"] = 0.0 if team["open"] else min(team["file"], team["claim"])
    kept = sum(team["grant"] for team in shut)
    if kept > budget:
        for team in shut:
            team["grant"] *= budget / kept
    before = {name: team for name, team in teams.items() if team["n"] > 0 and (team["open"] or team["ask"] <= 0.0)}
    if before:
        keys = {"weights": "counts", "scores": "score", "headcounts": "n", "records": "record",
                "floors": "floor", "last": "file", "usage": "usage", "credits": "credits",
                "borrow_limits": "borrows", "lend_limits": "lends", "borrow_weights": "borrows_by"}  # fmt: skip
        told = {claim: [team[key] for team in before.values()] for claim, key in keys.items()}
        told["draws"] = [chance(lab, draws.LOTTERY, name) for name in before]
        policy = allocation.get(committee["policy"])
        own = policy.values(committee["policy_args"])
        claims = make_claims([team["claim"] for team in before.values()], smoothing=committee["smoothing"],
                             karma_alpha=committee["karma_alpha"], args=own, **told)  # fmt: skip
        grants = policy.grants(claims, max(0.0, budget - kept))
        for team, grant, credits in zip(before.values(), grants, claims.credits, strict=True):
            team["grant"] = max(0.0, float(grant)) if team["ask"] > 0.0 else 0.0
            team["credits"] = float(credits)
    for name, grant in in_multiples(lab, {name: team["grant"] for name, team in teams.items()}).items():
        teams[name]["grant"] = grant


def up(lab, amount):
    """The least multiple of the granularity that is no less, where there is one."""
    size = lab["p"]["committee"]["granularity"]
    return size * math.ceil(amount / size * (1.0 - 1e-9)) if size else amount


def down(lab, amount):
    size = lab["p"]["committee"]["granularity"]
    return size * math.floor(amount / size * (1.0 + 1e-9)) if size else amount


def in_multiples(lab, amounts):
    """Amounts by team in multiples of the granularity: largest remainders first, of equal ones the lower draw."""
    size = lab["p"]["committee"]["granularity"]
    if not size:
        return amounts
    given = {name: down(lab, amount) for name, amount in amounts.items()}
    over = {name: round(1e6 * (amounts[name] - given[name]) / size) for name in amounts}
    queue = sorted((-part, chance(lab, draws.REMAINDER, name), name) for name, part in over.items() if part > 0)
    spare = round((down(lab, sum(amounts.values())) - sum(given.values())) / size)
    for _, _, name in queue[:spare]:
        given[name] += size
    return given


def scarcity(lab):
    needs = sum(team["need"] for team in lab["teams"].values())
    return 1.0 - lab["budget"] / needs if below(lab["budget"], needs, needs) else 0.0


# 3.4 Appeal


def appeal(lab):
    p, teams = lab["p"], lab["teams"]
    reserve = down(lab, p["budget"]["reserve"] * lab["budget"])
    appeals = []
    for name, team in teams.items():
        team["relief"], team["voice"] = 0.0, 1.0
        if below(team["grant"], p["head"]["appeal_below"] * team["need"], team["need"]):
            per_mille = math.floor(1000.0 * (1.0 + 1e-9 - team["grant"] / team["need"]) + 0.5)
            appeals.append((-per_mille, chance(lab, draws.TIE, name), name))
            team["voice"] = 0.0
    for _, _, name in sorted(appeals)[: p["head"]["hears"]]:
        team = teams[name]
        team["voice"], team["relief"] = 1.0, min(up(lab, team["need"] - team["grant"]), reserve)
        reserve -= team["relief"]
    unmet = {name: team["claim"] - team["grant"] - team["relief"] for name, team in teams.items()}
    unmet = {name: gpus for name, gpus in unmet.items() if gpus > 0.0}
    if unmet and reserve > 0.0:
        extra = allocation.allocate("max_min", asks=list(unmet.values()), budget=reserve)
        for name, gpus in in_multiples(lab, dict(zip(unmet, extra, strict=True))).items():
            teams[name]["relief"] += float(gpus)
    for team in teams.values():
        team["gpus"] = min(team["claim"], team["grant"] + team["relief"])


# 3.5 Train


def train(lab):
    p, teams, month = lab["p"], lab["teams"], lab["month"]
    free = {}
    for name, team in teams.items():
        could = min(team["gpus"], team["usable"])
        team["used"] = team["output"] = min(could, team["demand"])
        free[name] = could - team["output"]
    done, released = {}, []
    for project in sorted(active(lab), key=lambda one: (one["target"], one["name"])):
        team = teams[project["team"]]
        if team["productivity"] <= 0.0:
            continue
        wanted = project["work_left"] / team["productivity"]
        served = min(free[project["team"]], wanted)
        free[project["team"]] -= served
        team["used"] += served
        if below(served, wanted, team["gpus"]):
            done[project["name"]] = served * team["productivity"]
            team["output"] += done[project["name"]]
            project["work_left"] = max(0.0, project["work_left"] - done[project["name"]])
        else:
            team["output"] += project["work_left"]
            project["work_left"] = 0.0
            released.append(project)
    for project in released:
        becomes(lab, project, "released")
        worth = project["prestige"] * project["novelty"]
        teams[project["team"]]["record"] += worth
        for seat in lab["seats"]:
            if seat["holder"]:
                months = seat["holder"]["months"].get(project["name"], 0)
                seat["holder"]["visibility"] += worth * months / project["months"]
    for name, team in teams.items():
        owners = [project["team"] for project in released]
        rivals = sum(owner != name and teams[owner]["line"] == team["line"] for owner in owners)
        if active(lab, name):
            shake(lab, name, p["shocks"]["scooped"] * (1.0 - p["committee"]["scooped_worth"]) * rivals)
        for project in active(lab, name):
            project["novelty"] *= p["committee"]["scooped_worth"] ** rivals
    for project in active(lab):
        if project["target"] <= month:
            delay, pace = p["committee"]["slip"], done.get(project["name"], 0.0)
            if pace > 0.0:
                delay = min(delay, max(1, math.ceil(project["work_left"] / pace - 1e-9)))
            project["target"] += delay
            project["slips"] += 1
            teams[project["team"]]["trust"] -= p["committee"]["slip_cost"]
    for team in teams.values():
        if below(0.0, team["gpus"], team["ask"]):
            earned = team["output"] / team["gpus"] * min(1.0, team["need"] / team["ask"])
            team["trust"] += p["committee"]["trust_learning"] * (earned - team["trust"])
        team["trust"] = min(1.0, max(0.05, team["trust"]))
        short = max(0.0, 1.0 - team["gpus"] / team["need"]) if team["need"] > 0.0 else 0.0
        fading = left_after_a_month(p["team_defaults"]["padding_half_life"]) * (team["padding"] - 1.0)
        padding = 1.0 + fading + p["team_defaults"]["padding_speed"] * short
        team["padding"] = min(p["team_defaults"]["padding_max"], padding)


# 3.6 Judge


def judge(lab):
    fair = lab["p"]["fairness"]
    compare(lab)
    for name, team in lab["teams"].items():
        cause = causes(lab, team)
        for seat in members(lab, name):
            one = seat["holder"]
            for source in SOURCES:
                raw = one["sensitivity"] * cause[source] * one["aversion"].get(source, 1.0)
                keep = left_after_a_month(fair["onset" if raw > one["held"][source] else "memory"])
                one["held"][source] = keep * one["held"][source] + (1.0 - keep) * raw
            one["bounded"] = fair["bound"] * math.tanh(sum(one["held"].values()) / fair["bound"])
            one["held"]["grief"] *= left_after_a_month(fair["memory"])


def compare(lab):
    """Comparison: envy and guilt of every claimant."""
    fair = lab["p"]["fairness"]
    claimants = {name: team for name, team in lab["teams"].items() if team["n"] > 0 and team["ask"] > 0.0}
    amounts, ratios = {"equality": {}, "need": {}, "equity": {}}, {}
    for name, team in claimants.items():
        heads = team["compute_dependence"] * team["n"]
        amounts["equality"][name] = heads
        amounts["need"][name] = team["need"]
        amounts["equity"][name] = heads * (1.0 + team["record"])
    gpus = sum(team["gpus"] for team in claimants.values())
    totals = {norm: sum(amount.values()) for norm, amount in amounts.items()}
    for name, team in claimants.items():
        deserved = {norm: amounts[norm][name] / total if total > 0.0 else 1.0 / len(claimants)
                    for norm, total in totals.items()}  # fmt: skip
        eps = fair["eps0"] * deserved["need"] + 1e-12
        share = team["gpus"] / gpus if gpus > 0.0 else 0.0
        ratios[name] = {norm: math.log((share + eps) / (part + eps)) for norm, part in deserved.items()}
    for team in lab["teams"].values():
        team["envy"] = team["guilt"] = 0.0
    for name, team in claimants.items():
        own = ratios[name]
        weight = {norm: fair["norms"][norm] * math.exp(-fair["self_serving"] * own[norm]) for norm in own}
        rivals = [other for other in claimants if claimants[other]["line"] == team["line"]]
        heads = sum(claimants[other]["n"] for other in rivals)
        for feeling, sign in (("envy", 1.0), ("guilt", -1.0)):
            for norm in own:
                gaps = sum(claimants[one]["n"] * max(0.0, sign * (ratios[one][norm] - own[norm])) for one in rivals)
                far = max(0.0, -sign * own[norm])
                felt = (1.0 - fair["distant"]) * gaps / heads + fair["distant"] * far
                team[feeling] += weight[norm] * felt / sum(weight.values())


def causes(lab, team):
    """Want and procedure: what the month gives a team's members cause for."""
    fair, feels = lab["p"]["fairness"], lab["p"]["fairness"]["feels"]
    if team["n"] == 0 or team["need"] <= 0.0:
        team["procedure"], team["last_fill"] = 1.0, None
        return dict.fromkeys(SOURCES, 0.0)
    fill = min(1.0, team["gpus"] / team["need"])
    jump = 0.0 if team["last_fill"] is None else abs(fill - team["last_fill"])
    team["last_fill"] = fill
    amiss = {"voice": 1.0 - team["voice"], "lead": 0.0 if team["led"] else 1.0, "consistency": jump}
    for source in amiss:
        amiss[source] *= feels[source] * fair["procedure"][source] / sum(fair["procedure"].values())
    team["procedure"] = 1.0 - sum(amiss.values())
    half = fair["half_shortfall"]
    short, scarce = 1.0 - fill, scarcity(lab)
    gate = short / (short + half)
    soft, outrage = softened(lab, team), team["compute_dependence"] * fair["procedural"] * gate
    return {
        "want": soft * fair["deprivation"] * short, "envy": soft * gate * team["envy"],
        "guilt": soft * scarce / (scarce + half) * team["guilt"],
    } | {source: outrage * part for source, part in amiss.items()}  # fmt: skip


def softened(lab, team):
    return team["compute_dependence"] * (1.0 - lab["p"]["fairness"]["fair_process"] * team["procedure"])


# 3.7 Stay or leave


def stay_or_leave(lab):
    """Returns the seats of those who quit."""
    turnover, leavers = lab["p"]["turnover"], []
    for team in lab["teams"].values():
        team["contagion"] = team["lags"][1] * close(team["n"])
    for seat in lab["seats"]:
        if not seat["holder"]:
            continue
        one = seat["holder"]
        one["cumulative_hazard"] += leaving_rate(lab, seat)
        if one["cumulative_hazard"] >= one["patience"]:
            leavers.append(seat)
        one["visibility"] *= left_after_a_month(turnover["visibility_half_life"])
        one["shock"] *= left_after_a_month(turnover["shock_half_life"])
        one["loss"] *= left_after_a_month(lab["p"]["shocks"]["lead_half_life"])
    for seat in leavers:
        leave(lab, seat, "quit")
    return leavers


def leaving_rate(lab, seat):
    """The month's rate, but for the readiness, by which patience is divided."""
    turnover, one, team = lab["p"]["turnover"], seat["holder"], lab["teams"][seat["team"]]
    received, promised = team["gpus"] / team["n"], min(one["promised"], team["need"] / team["n"])
    unkept = math.log(1.1 / (received / promised + 0.1)) if received < promised else 0.0
    log_rate = (
        turnover["fairness"] * one["bounded"]
        + turnover["contagion"] * team["contagion"]
        + turnover["market"] * math.log(team["heat"])
        + turnover["mission"] * (1.0 - team["fit"])
        + turnover["visibility"] * one["visibility"]
        + turnover["promise"] * unkept
        + one["shock"]
        + one["loss"]
    )
    return turnover["base_rate"] * math.exp(min(20.0, log_rate))


# 3.8 After


def after(lab, leavers):
    p, teams, month = lab["p"], lab["teams"], lab["month"]
    for seat in leavers:
        founds, refilled = who(lab, seat, draws.QUIT)
        if founds < p["turnover"]["founding"]:
            shake(lab, seat["team"], p["shocks"]["startup"] * close(teams[seat["team"]]["n"]))
        if refilled < p["hiring"]["backfill"]:
            seat["due"] = month + p["hiring"]["lead_months"]
    rho = left_after_a_month(p["turnover"]["contagion_half_life"])
    for name, team in teams.items():
        first, second = team["lags"]
        quits = sum(seat["team"] == name for seat in leavers)
        team["lags"] = [rho * first + quits, rho * second + (1.0 - rho) * first]
        team["usage"] = left_after_a_month(p["committee"]["usage_half_life"]) * team["usage"] + team["gpus"]
        team["last_ask"] = team["ask"]
        if team["open"]:
            team["file"] = team["grant"]
    look_at_plans(lab)
    if p["committee"]["duplicates"] != "tolerate" and scarcity(lab) > 0.0:
        for line in lab["lines"]:
            review(lab, line)
    for project in active(lab):
        team = teams[project["team"]]
        if below(team["trust"] * team["capability"], p["committee"]["abandon_below"], 1.0):
            cancel(lab, project)


def review(lab, line):
    """Doubled work on a line while GPUs are scarce."""
    teams, committee = lab["teams"], lab["p"]["committee"]
    projects = [one for one in active(lab) if teams[one["team"]]["line"] == line]
    doubled = len({one["team"] for one in projects}) > 1 or any(one["novelty"] < 1.0 for one in projects)
    if not doubled or chance(lab, draws.REVIEW, line) >= committee["review_rate"]:
        return
    expected = {one["name"]: teams[one["team"]]["standing"] * one["proximity"] * one["prestige"] for one in projects}
    least = projects[0]
    for one in projects[1:]:
        if below(expected[one["name"]], expected[least["name"]], expected[least["name"]]):
            least = one
    owner, best = least["team"], None
    for name in on_line(lab, line):
        if name != owner and teams[name]["n"] > 0:
            if best is None or below(teams[best]["score"], teams[name]["score"], teams[name]["score"]):
                best = name
    if committee["duplicates"] == "cancel" or best is None:
        cancel(lab, least)
    else:
        becomes(lab, least, "cancelled")
        merge(lab, owner, best)
