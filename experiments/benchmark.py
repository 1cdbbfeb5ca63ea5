"""How fast it is: both engines side by side, the kernel beside its yardstick, threads, and growth with the lab.

    python experiments/benchmark.py [--rounds 5] [--million] [--people] [--compile] [--commands]
        [--validate POSTERIOR] [--growth] [--sweeps] [--allocation] [--page] [--import] [--out out/benchmark]

Everything that is compared runs in turn in one process, round after round; the table gives medians and ratios. The
yardstick is the researchers' formulas alone (counting in, judging, enduring, recovering), compiled over rows of people
who are all unlike each other, without teams, events or projects.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

import sim
from sim.draws import PERSON, two_uniforms
from sim.engines.compiled.runner import Engine, simulate
from sim.engines.compiled.state import make_buffers
from sim.engines.compiled.world import make_world
from sim.engines.ensemble import Ensemble
from sim.jit import compiled
from sim.model import asking, fairness, turnover
from sim.model.state import Kind, Peers, rows
from sim.scenario import Scenario
from sim.scenario.mechanisms import prepare


def yardstick(p_rows, cast, people, peers, kinds, teams, replicates, seed, months):
    """Every researcher's month and nothing else: teams stand still, and everybody is a kind of their own."""
    prepare(p_rows[0])
    p = p_rows[0]
    for h in range(len(replicates)):
        for i in range(len(people)):
            people[i] = cast.people[i]
            person = people[i]
            if person.event < 0:
                low, high = cast.seat_hash[i], cast.seat_word[i]
                patience, aversion = two_uniforms(seed, replicates[h], 0, PERSON, low, high)
                person.present, peers[i].joined, kinds[i].count = 1, asking.FROM_THE_START, 1
                person.patience = turnover.patience(patience, 1.0)
                kinds[i].cumulative_hazard = 0.0
                kinds[i].envy, kinds[i].guilt = fairness.aversions(aversion, p)
        for month in range(months):
            for i in range(len(people)):
                if people[i].present:
                    asking.count_in(kinds[i], peers[i], teams[people[i].team], month, p)
            for i in range(len(people)):
                if people[i].present:
                    fairness.live_through(peers[i], teams[people[i].team], p)
                    fairness.judge(kinds[i], peers[i], p)
                    fairness.gather(peers[i], teams[people[i].team], p)
            for i in range(len(people)):
                if people[i].present:
                    turnover.endure(kinds[i], turnover.log_rate(peers[i], teams[people[i].team], p), p)
                    turnover.recover(peers[i], p)
                    people[i].present = not turnover.leaves(people[i], kinds[i])


def yardstick_call(scenario, histories):
    """A function that runs the yardstick for so many histories."""
    cast, world = Engine(scenario, 1).cast, make_world(scenario)
    buffers = make_buffers(world, cast, len(scenario.lines()))
    teams = buffers.teams
    teams[:] = world.teams[0]
    for name, value in (("size", 20), ("heat", 1.0), ("fit", 1.0), ("gpus", 1000.0), ("felt_want", 0.3)):
        teams[name] = value
    peers, kinds = rows(Peers, len(cast.people)), rows(Kind, len(cast.people))
    arguments = (
        world.p.copy(), cast, buffers.people, peers, kinds, teams, np.arange(histories), 1, scenario.months,
    )  # fmt: skip
    kernel = compiled(yardstick, *arguments)
    return lambda: kernel(*arguments)


def kernel_call(scenario, histories):
    """A function that runs the whole kernel for so many histories, on this thread."""
    engine = Engine(scenario, 1)
    points, replicates = np.zeros(histories, dtype=np.int64), np.arange(histories)
    return lambda: engine.histories({}, points, replicates)


def mesa_call(scenario, histories):
    def call():
        for replicate in range(histories):
            model = sim.Model(scenario, replicate=replicate, seed=1)
            for _ in range(scenario.months):
                model.step()

    return call


def big_lab(researchers=2000, teams=20, months=24):
    """A lab of equal teams, each with its own project, four lines of work and too few GPUs."""
    names = [f"team{i:04d}" for i in range(teams)]
    size, rest = divmod(researchers, teams)
    return Scenario.from_dict({
        "title": "a big lab", "start": "2022-01", "months": months, "budget": {"gpus": 60.0 * researchers},
        "team": [{"name": name, "site": f"site{i % 3}", "line": f"line{i % 4}", "researchers": size + (i < rest),
                  "baseline": 20.0} for i, name in enumerate(names)],
        "project": [{"name": f"p{i:04d}", "team": name, "gpu_months": 1e3 * max(1, size), "start": "2022-02",
                     "target": "2023-06"} for i, name in enumerate(names)],
    })  # fmt: skip


def medians(calls, rounds, given=False):
    """Median seconds of each call, run in turn, round after round, after one warm-up each.

    `given`: the calls themselves return the seconds that count.
    """
    for call in calls.values():
        call()
    seconds = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            counted = call()
            seconds[name].append(counted if given else time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in seconds.items()}


def engines(rounds, histories=500):
    """Mesa against the compiled engine, and the kernel against its yardstick."""
    story, lab = sim.load_scenario("llama_vs_opt"), big_lab()
    took = medians({
        "mesa": mesa_call(story, 5), "kernel": kernel_call(story, histories),
        "yardstick": yardstick_call(story, histories),
        "kernel, 2,000 people": kernel_call(lab, 20), "yardstick, 2,000 people": yardstick_call(lab, 20),
    }, rounds)  # fmt: skip
    mesa, kernel = took["mesa"] / 5, took["kernel"] / histories
    rows = [
        ("Mesa, LLaMA versus OPT", mesa * 1e3, "ms a replicate"),
        ("compiled, LLaMA versus OPT, one core", kernel * 1e6, "us a replicate"),
        ("compiled over Mesa", mesa / kernel, "times as many replicates a second"),
        ("yardstick, LLaMA versus OPT", took["yardstick"] / histories * 1e6, "us a replicate"),
        ("kernel's speed over the yardstick's, LLaMA versus OPT", took["yardstick"] / took["kernel"], ""),
        ("compiled, 2,000 people in 20 teams, 24 months", took["kernel, 2,000 people"] / 20 * 1e3, "ms a replicate"),
        ("kernel's speed over the yardstick's, 2,000 people",
         took["yardstick, 2,000 people"] / took["kernel, 2,000 people"], ""),
    ]  # fmt: skip
    return rows


def drain(scenario, histories, threads):
    """Run histories to their summary and keep only that."""
    from sim.results.result import Tables

    tables = Tables(scenario, "summary", range(histories), None)
    for _ in simulate(scenario, Ensemble(np.arange(histories)), seed=1, reduce=tables.reduce, threads=threads):
        pass


def threads(rounds, histories=8192):
    story = sim.load_scenario("llama_vs_opt")
    took = medians({n: lambda n=n: drain(story, histories, n) for n in (1, 2)}, rounds)
    return [("two threads over one", took[1] / took[2], "times as fast")]


def million():
    """A million histories of LLaMA versus OPT on all cores, with their summaries."""
    story = sim.load_scenario("llama_vs_opt")
    start = time.perf_counter()
    result = sim.run(story, replicates=1_000_000, detail="summary")
    seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return [
        ("a million histories", seconds, "s on all cores"),
        ("peak memory", memory, "GB"),
        ("outcomes kept a history", float(result.outcomes.shape[1]), "columns"),
    ]


def many_people():
    """One history of a million people in 1,000 teams for 120 months."""
    call = kernel_call(big_lab(1_000_000, 1000, 120), 1)
    start = time.perf_counter()
    call()
    seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return [("a million people in 1,000 teams, 120 months", seconds, "s, on one core"), ("peak memory", memory, "GB")]


def compiling():
    """What a process costs that finds no machine code and leaves it behind; and one that finds it."""
    from tempfile import TemporaryDirectory

    rows, command = [], [sys.executable, "-c", "import sim; sim.run('llama_vs_opt', 1)"]
    with TemporaryDirectory() as folder:
        for name in ("without machine code in the cache", "with it"):
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            subprocess.run(command, check=True, env=os.environ | {"SIM_CACHE_DIR": folder})
            seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
            rows.append((f"one history in a new process, {name}", seconds, "s of user time"))
        size = sum(path.stat().st_size for path in Path(folder).rglob("*.nb?"))
    return [*rows, ("machine code and its index", size / 1e6, "MB")]


def commands(rounds):
    """User time of commands in new processes that find machine code, in turn: what somebody at a terminal waits for."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        run = ["run", "llama_vs_opt", "--out"]
        told = {
            "sim --help": ["--help"], "sim list": ["list"], "sim check llama_vs_opt": ["check", "llama_vs_opt"],
            "sim run llama_vs_opt, with figures": [*run, f"{folder}/figures"],
            "sim run llama_vs_opt, tables only": [*run, f"{folder}/tables", "--no-figures"],
        }  # fmt: skip
        used = medians({name: lambda words=words: user_time(words) for name, words in told.items()}, rounds, given=True)
    return [(name, seconds, "s of user time") for name, seconds in used.items()]


def user_time(words):
    """Seconds of user time of `sim` with these arguments, in a new process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run([sys.executable, "-m", "sim", *words], check=True, capture_output=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def validation(posterior):
    """Every target under every structure, over 100 draws of a posterior of LLaMA versus OPT."""
    drain(sim.load_scenario("llama_vs_opt"), 64, None)
    start = time.perf_counter()
    sim.validate("llama_vs_opt", posterior=posterior)
    return [("sim.validate, LLaMA versus OPT, 100 draws", time.perf_counter() - start, "s on all cores")]


def growth(out, rounds):
    """Time of one history against researchers, teams and months, with slopes on a log-log scale; a figure."""
    from matplotlib.figure import Figure

    series = {
        "researchers (20 teams, 24 months)": [(n, big_lab(n, 20, 24)) for n in (100, 1000, 10_000, 100_000)],
        "teams (2,000 researchers, 24 months)": [(n, big_lab(2000, n, 24)) for n in (2, 10, 50, 200, 1000)],
        "months (2,000 researchers, 20 teams)": [(n, big_lab(2000, 20, n)) for n in (12, 36, 120, 240)],
    }
    figure = Figure(figsize=(7, 5), layout="constrained")
    axes = figure.subplots()
    rows, kept = [], {}
    for name, labs in series.items():
        calls = {}
        for n, lab in labs:
            histories = max(1, 20_000 // (len(lab.team) * 2 + sum(team.researchers for team in lab.team.values())))
            calls[n] = (kernel_call(lab, histories), histories)
        took = medians({n: call for n, (call, _) in calls.items()}, rounds)
        times = {n: took[n] / histories for n, (_, histories) in calls.items()}
        x, y = np.log(list(times)), np.log(list(times.values()))
        slope, last = np.polyfit(x, y, 1)[0], (y[-1] - y[-2]) / (x[-1] - x[-2])
        rows.append((f"growth with {name}", slope, f"slope on log-log, {last:.2f} over the last step"))
        axes.loglog(list(times), list(times.values()), marker="o", label=f"{name}: {slope:.2f}")
        kept[name] = times
    axes.set_xlabel("how many")
    axes.set_ylabel("seconds a history")
    axes.set_title("Time of a history grows in proportion", loc="left")
    axes.legend(frameon=False, title="slope")
    axes.grid(alpha=0.3)
    out.mkdir(parents=True, exist_ok=True)
    figure.savefig(out / "growth.png", dpi=150)
    (out / "growth.json").write_text(json.dumps(kept, indent=1))
    return rows


def allocation(rounds):
    """Every policy among 10,000 teams (those that are exact only for few teams: 20), compiled."""
    from sim import allocation as policies
    from sim.allocation.claims import ARRAYS, make_claims
    from sim.jit import jitable

    rng, rows = np.random.default_rng(1), []
    for name in policies.policies():
        policy = policies.get(name)
        teams = policy.most_teams or 10_000
        given = {key: rng.uniform(0.1, 1.0, teams) for key in ARRAYS if key != "asks"}
        claims = make_claims(rng.lognormal(4.0, 1.0, teams), smoothing=0.25, karma_alpha=0.5, **given)
        call = compiled(jitable(policy.function), claims, 40.0 * teams)
        took = medians({name: lambda call=call, claims=claims, teams=teams: call(claims, 40.0 * teams)}, rounds)
        rows.append((f"{name}, {teams:,} teams", took[name] * 1e3, "ms"))
    return rows


def sweeps(points=20_000):
    """What a point of a sweep costs beside its history; and one and two Dask workers on loopback."""
    from tempfile import TemporaryDirectory

    experiment = {
        "scenario": "llama_vs_opt", "replicates": 1, "design": "latin_hypercube", "points": points,
        "outcomes": ["quits", "left_share.*"],
        "factor": [{"path": "turnover.contagion"}, {"path": "turnover.fairness"}],
    }  # fmt: skip
    story = sim.load_scenario("llama_vs_opt")
    drain(story, 512, None)
    start = time.perf_counter()
    drain(story, points, None)
    bare = time.perf_counter() - start
    with TemporaryDirectory() as folder:
        start = time.perf_counter()
        sim.sweep(experiment, f"{folder}/here")
        here = time.perf_counter() - start
        rows = [("a sweep's overhead, one replicate a point", (here - bare) / points * 1e6, "us a point"),
                ("the engine's own time", bare / points * 1e6, "us a point")]  # fmt: skip
        try:
            from distributed import Client, LocalCluster
        except ImportError:
            return rows
        rates = {}
        for workers in (1, 2):
            with (
                LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
                Client(cluster) as client,
            ):
                small = experiment | {"points": 500}
                sim.sweep(small, f"{folder}/warm{workers}", executor=client.get_executor(pure=False), piece=100)
                start = time.perf_counter()
                sim.sweep(experiment, f"{folder}/far{workers}", executor=client.get_executor(pure=False), piece=1000)
                rates[workers] = points / (time.perf_counter() - start)
        rows += [("one Dask worker of one thread", rates[1], "points a second"),
                 ("two Dask workers over one", rates[2] / rates[1], "times as fast")]  # fmt: skip
        return rows


def a_million_jobs(file, jobs=1_000_000):
    """A dump as `sacct -X -P` writes it: two years of 40 accounts and 400 users; some wait, some have not ended."""
    rng = np.random.default_rng(1)
    begin = np.datetime64("2023-01-01T00:00:00")
    submitted = np.sort(rng.integers(0, 2 * 365 * 86400, jobs))
    waits, runs = rng.exponential(7200.0, jobs).astype(int), rng.lognormal(8.5, 1.5, jobs).astype(int)
    users, gpus = rng.integers(0, 400, jobs), 2 ** rng.integers(0, 6, jobs)
    with open(file, "w") as out:
        out.write("JobID|JobName|Account|User|Partition|Submit|Start|End|State|ReqTRES|AllocTRES\n")
        for i in range(jobs):
            start = submitted[i] + waits[i]
            submit, first, last = (str(begin + int(moment)) for moment in (submitted[i], start, start + runs[i]))
            tres = f"billing=8,cpu=16,gres/gpu:h100={gpus[i]},gres/gpu={gpus[i]},mem=64G,node=1"
            if i > jobs - 500:
                first, last = ("Unknown", "Unknown") if i % 2 else (first, "Unknown")
            out.write(f"{i}|train|acc{users[i] % 40}|u{users[i]}|gpu|{submit}|{first}|{last}|COMPLETED|{tres}|{tres}\n")


def importing():
    """A million jobs of Slurm to a scenario: seconds, and the peak of memory of a process that does nothing else."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        file = Path(folder) / "jobs.txt"
        a_million_jobs(file)
        command = [sys.executable, "-m", "sim", "import", str(file), "--name", "lab", "--out", folder, "--no-figures"]
        start = time.perf_counter()
        child = os.posix_spawn(sys.executable, command, os.environ, file_actions=[
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])  # fmt: skip
        _, status, used = os.wait4(child, 0)
        seconds = time.perf_counter() - start
        assert os.waitstatus_to_exitcode(status) == 0
        size = file.stat().st_size
    return [("a million jobs of sacct, import", seconds, "s"), ("their file", size / 1e6, "MB"),
            ("peak of memory", used.ru_maxrss / 1024, "MB")]  # fmt: skip


def live_page(rounds):
    """What a visitor of the live page waits for after a move, in seconds, beside a full run of the scenario moved."""
    from streamlit.testing.v1 import AppTest

    def script():
        from sim.app.page import main

        main("llama_vs_opt")

    visitor = AppTest.from_function(script, default_timeout=300).run()
    scales = iter(np.linspace(0.5, 3.5, 61).round(2).tolist())
    script_ran, full = [], []
    for _ in range(rounds):
        begin = time.perf_counter()
        visitor.slider(key="scale").set_value(next(scales)).run()
        script_ran.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        sim.run("llama_vs_opt", 200, overrides={"budget.scale": next(scales)})
        full.append(time.perf_counter() - begin)
    return [
        ("live page: its script, 200 histories", statistics.median(script_ran), "s"),
        *in_browser(rounds),
        ("live page: sim.run of the moved scenario, 200 histories", statistics.median(full), "s"),
    ]


WATCH = """() => {
  const began = performance.now(), app = document.querySelector("[data-testid=stApp]");
  const shown = () => [...document.querySelectorAll("[data-testid=stMetric]")].map(e => e.innerText).join("|");
  const before = shown();
  window.seen = {first: null, whole: null};
  const look = () => {
    const now = shown();
    if (window.seen.first === null && now && now !== before) window.seen.first = performance.now() - began;
    if (window.seen.first !== null && app.dataset.testScriptState === "notRunning") {
      window.seen.whole = performance.now() - began;
      clearInterval(timer);
    }
  };
  const timer = setInterval(look, 5);
}"""


def in_browser(rounds):
    """The same as an installed Chromium shows it: from a switch's click to the first changed number and to rest."""
    import shutil
    import sys
    import urllib.request

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        return []
    port = 8613
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "sim", "app", "llama_vs_opt", "--no-browser", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    first, whole = [], []
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.2)
        with sync_playwright() as started:
            browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": 1400, "height": 1300})
            page.goto(address)
            page.get_by_text("Nothing is moved yet").wait_for(timeout=120_000)
            page.get_by_text("Mechanisms: switch off").click()
            switches = page.locator("[data-testid=stCheckbox] label").locator("visible=true")
            switches.first.wait_for()
            for place in range(min(rounds, switches.count())):
                page.wait_for_timeout(2000)
                page.evaluate(WATCH)
                switches.nth(place).click()
                page.wait_for_function("window.seen.whole !== null", timeout=60_000)
                seen = page.evaluate("window.seen")
                first.append(seen["first"] / 1000)
                whole.append(seen["whole"] / 1000)
            browser.close()
    finally:
        server.terminate()
        server.wait(20)
    return [("live page in Chromium: first number", statistics.median(first), "s"),
            ("live page in Chromium: whole page", statistics.median(whole), "s")]  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--million", action="store_true", help="also run a million histories")
    parser.add_argument("--people", action="store_true", help="also run a million people")
    parser.add_argument("--compile", action="store_true", help="also compile everything anew")
    parser.add_argument("--commands", action="store_true", help="also measure commands in new processes")
    parser.add_argument("--validate", metavar="POSTERIOR", help="also validate, over the posterior in this folder")
    parser.add_argument("--growth", action="store_true", help="also measure growth, and draw it")
    parser.add_argument("--sweeps", action="store_true", help="also measure sweeps")
    parser.add_argument("--allocation", action="store_true", help="also measure every policy")
    parser.add_argument("--page", action="store_true", help="also measure the live page")
    parser.add_argument("--import", dest="imports", action="store_true", help="import a million jobs, and only that")
    parser.add_argument("--out", type=Path, default=Path("out/benchmark"))
    parser.add_argument("--quick", action="store_true", help="few histories, to see whether it works")
    chosen = parser.parse_args()
    few = {"histories": 8} if chosen.quick else {}
    rows = importing() if chosen.imports else engines(chosen.rounds, **few) + threads(chosen.rounds, **few)
    if chosen.growth:
        rows += growth(chosen.out, chosen.rounds)
    if chosen.sweeps:
        rows += sweeps()
    if chosen.allocation:
        rows += allocation(chosen.rounds)
    if chosen.million:
        rows += million()
    if chosen.people:
        rows += many_people()
    if chosen.compile:
        rows += compiling()
    if chosen.commands:
        rows += commands(chosen.rounds)
    if chosen.validate:
        rows += validation(chosen.validate)
    if chosen.page:
        rows += live_page(chosen.rounds)
    for name, value, unit in rows:
        print(f"{name:58s} {value:10.3g} {unit}")


if __name__ == "__main__":
    main()
