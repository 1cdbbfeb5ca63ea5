"""The lab-wide parameters: one class for each table of a scenario file. This is the registry's source."""

# A parameter is a line, which goes on in the next where it must.
# fmt: off
# ruff: noqa: E501

from typing import Literal

from pydantic import Field

from sim.parameter import REQUIRED, Argument, Factor, Name, Section, TeamOrLine, param, text

DESIGN = "starting point; the recorded case decides"


class Budget(Section):
    gpus: float = param(REQUIRED, "GPUs", 0, 1e9, "what the committee divides each month", above=0)
    scale: float = param(1.0, "factor", 0.01, 100, "multiplies the budget, and every budget event")
    reserve: float = param(0.05, "share", 0, 0.5, "part of the budget that the head keeps for appeals", DESIGN,
        mechanism="appeals", off=0.0)


class Member(Section):
    name: Name = text("committee", "name of the member")
    power: float = param(1.0, "weight", 0, 1000, "weight of this member's scores")
    priorities: dict[TeamOrLine, Factor] = text({}, "factor by team or line of work; 1 where it says nothing")


class UseItOrLoseIt(Section):
    below: float = param(0.0, "share of plan", 0, 1,
        "who has used less than this of what it was entitled to loses entitlement; 0 nobody",
        "0.2 at a national laboratory (NREL, allocation reductions since 2021)")
    loses: float = param(0.8, "share", 0, 1, "how much of its entitlement it loses, until a new plan",
        "NREL, as above: 80 %")
    every: int = param(3, "months", 1, 120, "how often the committee looks", "NREL, as above: every quarter")
    plan_months: int = param(12, "months", 1, 1200, "length of a plan", "NREL, as above: a year")


class CommitteeRules(Section):
    policy: str = text("priority", "allocation policy: a name (`sim policies`), or file.py:name for your own")
    policy_args: dict[Name, Argument] = text({}, "arguments of the policy's own, by name (`sim policies`)")
    proximity_half_life: float = param(6.0, "months", 0.1, 120, "a release this far away counts half",
        "the article: criterion 'how close to release'; size assumed")
    proximity_floor: float = param(0.25, "share", 0, 1, "how much work with no release in sight counts", DESIGN)
    noise: float = param(0.25, "sd of log score", 0, 2, "disagreement and chance in the members' scores", DESIGN)
    revisit: float = param(1.0, "probability a month", 0, 1, "how often a team's file is reopened",
        "the article: about once a month; 0.16 measured on shared clusters (Helios, SC'21)")
    reopen: float = param(1.0, "probability a month", 0, 1,
        "how often a file is reopened after the team's projects or membership changed",
        "the article: about once a month; less on shared clusters (Helios, SC'21)")
    close: float = param(0.0, "probability a month", 0, 1,
        "how often a team is cut to nothing until its file is reopened",
        "0.058 a month on a shared cluster (Helios, SC'21); unheard of in a lab of colleagues")
    trust_learning: float = param(0.2, "share a month", 0, 1,
        "how fast trust moves toward output a GPU times the part of its ask that a team needs", DESIGN)
    slip: int = param(3, "months", 1, 60, "how far a missed target moves at most", DESIGN)
    slip_cost: float = param(0.1, "trust", 0, 1, "trust lost when a target is missed", DESIGN)
    absent_presence: float = param(0.7, "share", 0, 1, "weight of a team whose site has no lead",
        "the article: a site cut off after its head left; size assumed")
    abandon_below: float = param(0.0, "trust x capability", 0, 1,
        "a team below this has its projects cancelled; 0 never", DESIGN, mechanism="review", off=0.0)
    duplicates: Literal["tolerate", "cancel", "merge"] = text("tolerate",
        "what is done about doubled work on a line while GPUs are scarce: tolerate, cancel the project from which least is expected, merge its team into another")
    scooped_worth: float = param(0.5, "factor", 0, 1,
        "what a project is still worth after a release by a rival on its line, each time",
        "the article: leaders ask why two teams do similar work; size assumed")
    review_rate: float = param(0.0, "probability a month", 0, 1, "how often a duplicate is acted on", DESIGN,
        mechanism="review", off=0.0)
    smoothing: float = param(0.25, "share", 0, 10, "policy `smoothed`: how far a grant may move from last month's")
    usage_half_life: float = param(3.0, "months", 0.1, 120, "policy `fair_share`: half-life of past usage",
        "Slurm: PriorityDecayHalfLife, a week by default; longer here, as months are the step", keep="usage")
    karma_alpha: float = param(0.5, "share", 0, 1, "policy `karma`: part of the fair share that is guaranteed",
        "Karma, OSDI 2023")
    use_it_or_lose_it: UseItOrLoseIt = Field(default_factory=UseItOrLoseIt,
        description="what teams lose that do not use what they are entitled to")
    granularity: int = param(0, "GPUs", 0, 1_000_000,
        "GPUs are given in multiples of this: 1 whole GPUs, 8 whole machines; 0 any fraction")
    initial_credits: float = param(1.0, "budgets", 0, 1000,
        "policies `karma`, `credit_market`: credits of each team at the start")
    members: dict[Name, Member] = Field(default_factory=lambda: {"committee": Member()},
        description="who scores the teams")


class Head(Section):
    appeal_below: float = param(0.6, "share of need", 0, 1, "a team granted less than this appeals", DESIGN,
        mechanism="appeals", off=0.0)
    hears: int = param(2, "appeals a month", 0, 1000, "how many appeals the head can hear",
        "the article: disputes go to the research head; number assumed")


class TeamDefaults(Section):
    gpus_per_researcher: float = param(250.0, "GPUs", 0, 1e6, "what one person can keep busy",
        "order of 2,048 GPUs by a team of 14, LLaMA (arXiv 2302.13971), with room")
    demand_spread: float = param(0.0, "log sd", 0, 2,
        "how far a month's demand apart from projects lies from its mean; 0 not at all",
        "real teams by the week: residual sd .6, autocorrelation .44 (Helios, SC'21), which is .45 for means of months")
    demand_persistence: float = param(0.18, "autocorrelation", 0, 0.999, "how much of that lasts from month to month",
        "as above: .44 from week to week is .18 for means of months")
    padding_speed: float = param(0.15, "a month", 0, 5, "how fast short teams learn to ask for more than they need",
        "Lee, Padmanabhan and Whang 1997; size assumed", mechanism="gaming", off=0.0)
    padding_half_life: float = param(6.0, "months", 0.1, 120, "how fast padding is forgotten", DESIGN, keep="padding")
    padding_max: float = param(3.0, "times need", 1, 100, "the most that a team dares to ask", DESIGN)
    optimism: float = param(0.2, "share", 0, 0.95, "how much of the time left to a release is declared away", DESIGN,
        mechanism="gaming", off=0.0)
    ramp: float = param(6.0, "months", 0.1, 120, "time in which a newcomer learns the second half of the work", DESIGN)
    skill_elasticity: float = param(0.5, "exponent", 0, 3, "how much thin crews slow a project", DESIGN)
    drag: float = param(0.5, "per log hazard", 0, 5, "how much bad morale slows the work", DESIGN)
    compute_dependence: float = param(1.0, "share", 0, 1, "how far the work hangs on GPUs", DESIGN)


class Norms(Section):
    equality: float = param(1 / 3, "weight", 0, 1000, "weight of an equal share a head", "Deutsch 1975")
    need: float = param(1 / 3, "weight", 0, 1000, "weight of a share by need", "Deutsch 1975")
    equity: float = param(1 / 3, "weight", 0, 1000, "weight of a share by record", "Deutsch 1975")


class Procedure(Section):
    voice: float = param(1 / 3, "weight", 0, 1000, "weight of having been heard", "Leventhal 1980")
    lead: float = param(1 / 3, "weight", 0, 1000, "weight of the site having a lead", "Leventhal 1980")
    consistency: float = param(1 / 3, "weight", 0, 1000, "weight of decisions that do not jump", "Leventhal 1980")


class Feels(Section):
    envy: bool = text(True, "having less than rivals, or than a fair share of the lab")
    guilt: bool = text(True, "having more")
    want: bool = text(True, "having less than the work needs")
    grief: bool = text(True, "a project of one's own cancelled")
    voice: bool = text(True, "an appeal that was not heard")
    lead: bool = text(True, "nobody at the site who speaks for it")
    consistency: bool = text(True, "grants that jump")
    leaning: bool = text(True, "what a person brings along")


class Fairness(Section):
    envy: float = param(0.85, "log hazard", 0, 10, "mean aversion to having less than deserved, beside others",
        "Fehr and Schmidt 1999: mean of alpha; later estimates are smaller (Nunnari and Pozzi 2026: .53)",
        mechanism="fairness", off=0.0, feels="envy")
    guilt: float = param(0.32, "log hazard", 0, 10, "mean aversion to having more",
        "Fehr and Schmidt 1999: mean of beta .315; later estimates agree (Nunnari and Pozzi 2026: .33)",
        mechanism="fairness", off=0.0, feels="guilt")
    norms: Norms = Field(default_factory=Norms, description="what makes a share deserved")
    self_serving: float = param(1.0, "exponent", 0, 10, "how far a team leans to the norm that favours it",
        "Babcock and Loewenstein 1997; size assumed")
    distant: float = param(0.2, "weight", 0, 1, "salience of teams on other lines of work", DESIGN)
    eps0: float = param(0.1, "share", 1e-6, 10,
        "floor of shares in log ratios, in parts of the team's share of all needs", DESIGN)
    deprivation: float = param(0.8, "log hazard", 0, 10, "weight of absolute want", DESIGN, mechanism="fairness",
        off=0.0, feels="want")
    grief: float = param(1.4, "log hazard", 0, 10, "weight of a cancelled project that took all that its team needed",
        DESIGN, mechanism="fairness", off=0.0, feels="grief")
    half_shortfall: float = param(0.1, "share of need", 0, 1, "shortfall at which comparison and procedure count half",
        "procedure and comparison matter most when outcomes are bad (Brockner and Wiesenfeld 1996); size assumed",
        above=0)
    procedural: float = param(0.6, "log hazard", 0, 10, "weight of unfair procedure", DESIGN, mechanism="fairness",
        off=0.0)
    procedure: Procedure = Field(default_factory=Procedure, description="what makes a procedure fair")
    fair_process: float = param(0.5, "share", 0, 1, "how far fair procedure softens bad outcomes",
        "Brockner and Wiesenfeld 1996; size assumed")
    bound: float = param(1.5, "log hazard", 0, 10, "the most that unfairness can do", DESIGN, above=0)
    onset: float = param(1.0, "months", 0.01, 120, "half-life with which a grievance grows",
        "bad impressions form fast and fade slowly (Baumeister et al. 2001); size assumed", keep="onset")
    memory: float = param(8.0, "months", 0.01, 120, "half-life with which a grievance fades",
        "bad impressions form fast and fade slowly (Baumeister et al. 2001); size assumed", keep="memory")
    sensitivity: float = param(0.6, "log sd", 0, 2, "how far persons differ in how strongly they feel; mean 1",
        "spread that gives the correlations of fairness and quitting in Colquitt et al. 2001 and Rubenstein et al. 2018")
    leaning: float = param(0.3, "sd, log hazard", 0, 2, "how far persons differ in what they bring along; mean 0",
        "spread that gives the correlations of fairness and quitting in Colquitt et al. 2001 and Rubenstein et al. 2018",
        mechanism="fairness", off=0.0, feels="leaning")
    feels: Feels = Field(default_factory=Feels, description="sources of unfairness that are felt")


class Turnover(Section):
    base_rate: float = param(0.01, "per month", 0, 1, "rate at which people leave when nothing pushes or pulls",
        "1.2 % (LinkedIn 2017) to 1.8 % a month (BLS JOLTS, 2021-23) with all that pushes and pulls, which is counted apart here")
    fairness: float = param(1.0, "dial", 0, 10,
        "0 switches the effect of perceived fairness on leaving off, 2 doubles it")
    contagion: float = param(0.35, "log rate per lagged leaver", 0, 5, "pull of recent leavers",
        "Visier 2022: x1.12 to 1.15 over 135 days in teams of 3 to 10", mechanism="contagion", off=0.0)
    contagion_half_life: float = param(0.7, "months", 0.01, 60, "half-life of each stage of the lag",
        "Visier 2022: starts at 45 days, peaks at 70, gone after 135", keep="contagion")
    market: float = param(0.3, "log rate per log heat", 0, 5, "effect of outside demand", DESIGN, mechanism="market",
        off=0.0)
    visibility: float = param(0.22, "log rate per prestige", 0, 5, "effect of a release to one's name", DESIGN,
        mechanism="visibility", off=0.0)
    promise: float = param(0.2, "log rate per log ratio", 0, 5, "effect of GPUs promised and not given", DESIGN,
        mechanism="promise", off=0.0)
    mission: float = param(0.3, "log rate", 0, 5, "effect of work that no longer fits what people came for",
        "the article: a bottom-up culture narrowed; size assumed", mechanism="mission", off=0.0)
    founding: float = param(0.05, "probability", 0, 1, "a quit founds a start-up", DESIGN, mechanism="startup", off=0.0)
    frailty: float = param(0.7, "log sd", 0, 3,
        "how far persons differ in how ready they are to leave; mean 1 among newcomers",
        "Vaupel, Manton and Stallard 1979; spread that gives the correlation of log hazard and quitting in the meta-analyses of turnover")
    visibility_half_life: float = param(12.0, "months", 0.01, 240, "half-life of visibility", DESIGN, keep="visibility")
    shock_half_life: float = param(4.0, "months", 0.01, 240, "half-life of shocks", DESIGN, keep="shock")


class Shocks(Section):
    lead_leaves: float = param(1.2, "log rate", -5, 5, "the site's lead leaves",
        "a leader's exit: subordinates' hazard x2 to 5 over twelve months (100,000 employees)", mechanism="shocks",
        off=0.0)
    lead_half_life: float = param(8.0, "months", 0.01, 240, "half-life of that shock", "as above: over twelve months",
        keep="loss")
    layoff: float = param(0.6, "log rate", -5, 5, "1 % of colleagues are laid off, by a fair procedure",
        "Trevor and Nyberg 2008: 1 % laid off, turnover x1.31", mechanism="shocks", off=0.0)
    layoff_dose: float = param(0.265, "exponent", 0, 3, "how that grows with the part that is laid off",
        "Trevor and Nyberg 2008: 0.5 % laid off, x1.25; 1 %, x1.31")
    layoff_justice: float = param(1.0, "factor", 0, 10, "how much more it is where procedure is not just at all",
        "Trevor and Nyberg 2008: milder where procedure is fair; size assumed")
    reorganise: float = param(0.2, "log rate", -5, 5, "the team is reorganised", DESIGN, mechanism="shocks", off=0.0)
    dissolve: float = param(0.6, "log rate", -5, 5, "the team is dissolved or merged", DESIGN, mechanism="shocks",
        off=0.0)
    scooped: float = param(0.6, "log rate", -5, 5,
        "a release by a rival leaves nothing of the worth of the team's work; in part as in part", DESIGN,
        mechanism="shocks", off=0.0)
    startup: float = param(0.3, "log rate", -5, 5, "a teammate founds a start-up", DESIGN, mechanism="shocks", off=0.0)


class Hiring(Section):
    backfill: float = param(0.5, "probability", 0, 1, "a quit's vacancy is filled again", DESIGN, mechanism="hiring",
        off=0.0)
    lead_months: int = param(4, "months", 1, 120, "from a vacancy to the newcomer",
        "LinkedIn 2021: 48 days from application; senior research staff 3 to 6 months")


class Mechanisms(Section):
    fairness: bool = text(True, "people feel unfairness", json_schema_extra={"driver": True})
    contagion: bool = text(True, "leavers draw others after them", json_schema_extra={"driver": True})
    market: bool = text(True, "outside demand pulls", json_schema_extra={"driver": True})
    visibility: bool = text(True, "releases make people visible to others", json_schema_extra={"driver": True})
    promise: bool = text(True, "broken promises of GPUs hurt", json_schema_extra={"driver": True})
    mission: bool = text(True, "work that no longer fits pushes", json_schema_extra={"driver": True})
    shocks: bool = text(True, "events shake people", json_schema_extra={"driver": True})
    startup: bool = text(True, "quits may found start-ups", json_schema_extra={"driver": True})
    gaming: bool = text(True, "teams pad asks and declare early dates")
    appeals: bool = text(True, "the head hears appeals from a reserve")
    capability: bool = text(True, "thin and new crews are slower")
    hiring: bool = text(True, "vacancies are filled")
    review: bool = text(True, "the committee acts on duplicates and weak teams")
