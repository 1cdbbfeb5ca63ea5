"""What a cluster writes is read as its makers meant it, and becomes a scenario that runs."""

import gzip
import json
import re
import tomllib
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import sim
from sim.cli.main import app
from sim.intake import as_scenario_file, read
from sim.intake.new import new_scenario
from sim.intake.slurm import XDMOD, count_gpus
from sim.scenario import Scenario, shipped_folder

JOB = "1|a|u|2024-01-01T00:00:00|2024-01-02T00:00:00|2024-02-20T00:00:00|COMPLETED|gres/gpu=8|gres/gpu=8"
HEADER = "JobID|Account|User|Submit|Start|End|State|ReqTRES|AllocTRES"


def dump(tmp_path, *rows, header=HEADER, name="jobs.txt"):
    file = tmp_path / name
    file.write_text("\n".join([header, *rows] if header else rows) + "\n")
    return [file]


def gpus(usage, column, team, month):
    return usage.by_month(column).loc[month, team]


def test_a_job_is_wanted_from_its_submission_and_used_while_it_runs(tmp_path):
    usage = read(dump(tmp_path, "1|vision|ann|2024-04-01T00:00:00|2024-04-16T00:00:00|2024-05-01T00:00:00|COMPLETED|"
                      "gres/gpu=8|billing=9,gres/gpu:h100=8,gres/gpu=8,node=1"))  # fmt: skip
    assert gpus(usage, "wanted", "vision", "2024-04") == pytest.approx(8.0)
    assert gpus(usage, "used", "vision", "2024-04") == pytest.approx(4.0)


def test_a_job_across_months_counts_in_each(tmp_path):
    usage = read(
        dump(tmp_path, "1|a|u|2024-01-31T00:00:00|2024-01-31T00:00:00|2024-03-01T00:00:00|COMPLETED||gres/gpu=31")
    )
    assert gpus(usage, "used", "a", "2024-01") == pytest.approx(1.0)
    assert gpus(usage, "used", "a", "2024-02") == pytest.approx(31.0)


def test_what_has_not_ended_runs_on_and_what_waits_is_wanted_by_its_request(tmp_path):
    usage = read(dump(
        tmp_path,
        "1|a|u|2024-04-01T00:00:00|2024-04-01T00:00:00|Unknown|RUNNING|gres/gpu=2|gres/gpu=2",
        "2|b|u|2024-04-01T00:00:00|Unknown|Unknown|PENDING|gres/gpu:a100=4|",
        "3|c|u|2024-04-01T00:00:00|2024-04-30T00:00:00|2024-05-01T00:00:00|COMPLETED|gres/gpu=1|gres/gpu=1",
    ))  # fmt: skip
    assert gpus(usage, "used", "a", "2024-04") == pytest.approx(2.0)
    assert gpus(usage, "wanted", "b", "2024-04") == pytest.approx(4.0)
    assert gpus(usage, "used", "b", "2024-04") == 0.0
    assert "2 jobs had not ended" in " ".join(usage.notes)


def test_a_pending_array_stands_for_all_its_tasks(tmp_path):
    array = "7_[1-4,9%2]|a|u|2024-04-01T00:00:00|Unknown|Unknown|PENDING|gres/gpu=2|"
    ended = "8|a|u|2024-04-01T00:00:00|2024-04-01T00:00:00|2024-05-01T00:00:00|COMPLETED|cpu=1|cpu=1"
    usage = read(dump(tmp_path, array, ended))
    assert gpus(usage, "wanted", "a", "2024-04") == pytest.approx(10.0)


def test_steps_repeat_their_job_and_are_passed_over(tmp_path):
    row = "|a|u|2024-04-01T00:00:00|2024-04-01T00:00:00|2024-05-01T00:00:00|COMPLETED||gres/gpu=3"
    usage = read(dump(tmp_path, "1" + row, "1.batch" + row, "1.0" + row, "1.extern" + row))
    assert gpus(usage, "used", "a", "2024-04") == pytest.approx(3.0)
    assert "3 steps" in " ".join(usage.notes)


def test_xdmod_rows_have_no_header_and_names_with_bars(tmp_path):
    values = dict.fromkeys(XDMOD, "x") | {
        "jobid": "5", "account": "a", "user": "u", "submit": "2024-04-01T00:00:00", "start": "2024-04-01T00:00:00",
        "end": "2024-05-01T00:00:00", "reqtres": "", "alloctres": "gres/gpu=2", "jobname": "train|and|test",
    }  # fmt: skip
    usage = read(dump(tmp_path, "|".join(values.values()), header=None))
    assert gpus(usage, "used", "a", "2024-04") == pytest.approx(2.0)
    assert usage.bad == 0
    values |= {"timelimit": "", "nodelist": "", "jobname": ""}  # what a job has not got is empty, also at the end
    usage = read(dump(tmp_path, "|".join(values.values()), header=None))
    assert gpus(usage, "used", "a", "2024-04") == pytest.approx(2.0)


def test_bad_rows_are_counted_and_shown(tmp_path):
    good = "1|a|u|2024-04-01T00:00:00|2024-04-01T00:00:00|2024-05-01T00:00:00|COMPLETED||gres/gpu=3"
    usage = read(dump(tmp_path, good, "cut|off", good.replace("2024-05-01", "2024-13-01"), good.replace("=3", "=many")))
    assert (usage.rows, usage.bad) == (4, 3)
    assert usage.examples[0] == "line 3: 2 fields instead of 9"
    assert "line 4" in usage.examples[1]
    assert "no number of GPUs" in usage.examples[2]


def test_a_blank_line_before_the_header_moves_no_line_number(tmp_path):
    assert read(dump(tmp_path, HEADER, JOB, "cut|off", header=" ")).examples == ["line 4: 2 fields instead of 9"]


@pytest.mark.parametrize(("tres", "count"), [
    ("", 0), ("cpu=4,mem=10G", 0), ("gres/gpu=8", 8), ("gres/gpu:h100=8,gres/gpu=8", 8),
    ("gres/gpu:a=2,gres/gpu:b=3", 5),
    ("billing=1,gres/gpu=0", 0), ("gres/gpumem=80G,gres/gpu=1", 1),
])  # fmt: skip
def test_types_of_gpus_repeat_their_sum(tres, count):
    assert count_gpus(tres) == count


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(
    st.sampled_from("abc"), st.integers(0, 80 * 24), st.integers(0, 200), st.integers(1, 900), st.integers(0, 16),
), min_size=1, max_size=30), st.permutations(HEADER.split("|")))  # fmt: skip
def test_gpu_hours_are_kept_in_any_order_of_fields_and_rows(tmp_path_factory, jobs, order):
    begin = datetime(2024, 1, 1)
    rows, used, wanted = [], 0.0, 0.0
    for number, (team, submit, wait, length, count) in enumerate(jobs):
        moments = [begin + timedelta(hours=hours) for hours in (submit, submit + wait, submit + wait + length)]
        row = {"JobID": str(number), "Account": team, "User": "u", "State": "COMPLETED", "ReqTRES": ""}
        row |= {"AllocTRES": f"gres/gpu={count}"}
        row |= zip(("Submit", "Start", "End"), map(datetime.isoformat, moments), strict=True)
        rows.append("|".join(row[name] for name in order))
        used += count * length
        wanted += count * (wait + length)
    if used == 0.0:
        return
    usage = read(dump(tmp_path_factory.mktemp("dump"), *rows, header="|".join(order)))
    months = usage.months()
    hours = {
        month: (datetime(2024, int(month[5:]) + 1, 1) - datetime(2024, int(month[5:]), 1)).days * 24 for month in months
    }
    last = max(begin + timedelta(hours=submit + wait + length) for _, submit, wait, length, count in jobs)
    latest = datetime(2024, int(months[-1][5:]), 1)
    hours[months[-1]] = min(hours[months[-1]], (last - latest).total_seconds() / 3600)
    for column, total in (("used", used), ("wanted", wanted)):
        table = usage.by_month(column).sum(axis=1)
        assert sum(table[month] * hours[month] for month in months) == pytest.approx(total)


def test_shares_of_a_tree_multiply_down_it(tmp_path):
    file = tmp_path / "shares.txt"
    file.write_text(
        "Account|User|RawShares|NormShares|RawUsage|EffectvUsage|FairShare\n"
        "root|||1.000000|9|1.0|\n research||3|0.75|5|0.5|\n  vision||1|0.5|1|0.1|\n  vision|ann|1|1|1|1|0.5\n"
        "  vision|bob|1|1|1|1|0.5\n  speech||1|0.5|1|0.1|\n infra||1|0.25|4|0.4|\n"
    )
    usage = read([file])
    assert usage.standing["weight"].to_dict() == pytest.approx({"vision": 0.375, "speech": 0.375, "infra": 0.25})
    assert usage.standing["people"]["vision"] == 2


def test_the_shared_cluster_wants_what_the_import_of_its_month_reads():
    draft = as_scenario_file(read(["helios_earth_may_2020"], peaks=True), "earth", gpus=1144)
    imported = Scenario.from_dict(tomllib.loads(draft.files["earth.toml"]))
    shipped = sim.load_scenario("shared_cluster")
    assert shipped.budget.gpus == imported.budget.gpus
    assert set(imported.team) - set(shipped.team) == {"vcJkd", "vcira"}  # who hardly ask
    for name, team in shipped.team.items():
        peak = imported.team[name].baseline * imported.team[name].researchers
        assert team.baseline * team.researchers == pytest.approx(peak, rel=1e-3), name
        assert "helios_earth_may_2020.csv" in shipped.sources[f"team.{name}.baseline"]
    text = (shipped_folder() / "helios_earth_may_2020.csv").read_text()
    assert "CC-BY-4.0" in text
    assert len(text) < 100_000


@pytest.mark.parametrize(("files", "options", "said"), [
    (["helios_earth_may_2020"], {"cohort": "ab"}, "cohort: says nothing of tidy; it is for kueue"),
    ([], {"peaks": True}, "peaks: says nothing of sacct; it is for tidy"),
])  # fmt: skip
def test_an_option_that_says_nothing_of_the_files_is_refused(tmp_path, files, options, said):
    with pytest.raises(sim.InputError, match=said):
        read(files or dump(tmp_path, JOB), **options)


def test_quotas_by_month_and_the_demand_of_one_month_make_a_scenario_of_all_months():
    usage = read(["helios_earth_quotas_2020", "helios_earth_may_2020"])
    assert (len(usage.teams()), usage.months()) == (25, [f"2020-0{month}" for month in range(4, 10)])
    draft = as_scenario_file(usage, "earth")
    demand = [line.split(",") for line in draft.files["earth_demand.csv"].splitlines()]
    may = f"{gpus(usage, 'wanted', 'vcvlY', '2020-05'):.4g}"
    assert [row for row in demand if row[1] == "vcvlY"] == [["2020-04", "vcvlY", may]]  # May's, in every month
    quota = {(month, team): float(value) for month, team, value in
             (line.split(",") for line in draft.files["earth_quota.csv"].splitlines()[1:])}  # fmt: skip
    assert quota["2020-04", "vcvlY"] == 96
    assert quota["2020-06", "vcvlY"] == pytest.approx((15 * 96 + 15 * 176) / 30, rel=1e-3)
    assert any(one.startswith("demand in 5 months (2020-04 to 2020-09): not recorded") for one in draft.guesses)


def test_every_number_of_an_import_has_a_source_or_is_marked_as_a_guess(tmp_path):
    (tmp_path / "queues.yaml").write_text(documents(queue("a", 9, borrowingLimit=1), queue("b", 12)))
    imports = {
        "helios": as_scenario_file(read(["helios_earth_quotas_2020", "helios_earth_may_2020"]), "earth", months=9),
        "kueue": as_scenario_file(read([tmp_path / "queues.yaml"]), "queues"),
        "jobs": as_scenario_file(read(dump(tmp_path, JOB)), "jobs", gpus=99),
    }
    for name, draft in imports.items():
        text = next(iter(draft.files.values()))
        sources, section = tomllib.loads(text)["sources"], ""
        for line in text.partition("[sources]")[0].splitlines():
            if table := re.match(r"\[+(\w+)\]+", line):
                section = f"{table[1]}."
            key, _, value = line.partition(" = ")
            if key == "name":
                section = f"team.{json.loads(value)}."
            elif value and key not in ("title", "question", "demand_csv", "quota_csv"):
                assert "# GUESS" in line or f"{section}{key}" in sources, f"{name}: {section}{key}"


def test_peaks_of_a_table_are_the_largest_of_the_month_and_remarks_come_before_the_header(tmp_path):
    file = tmp_path / "days.csv"
    rows = "2024-01-01,a,10,30,4\n2024-01-02,a,20,25,8\n2024-02-01,a,7,,6\n"
    file.write_text("# who says so\n# and when\nmonth,team,wanted,peak,used\n" + rows + "2024-02-02,#b,x,1,1\n")
    means, peaks = read([file]), read([file], peaks=True)
    assert [gpus(means, "wanted", "a", month) for month in ("2024-01", "2024-02")] == [15.0, 7.0]
    assert gpus(peaks, "wanted", "a", "2024-01") == 30.0
    assert [gpus(peaks, "used", "a", month) for month in ("2024-01", "2024-02")] == [6.0, 6.0]
    assert means.examples == ["line 7: wanted must be a number, got 'x'"]
    file.write_text("month,team,used\n2024-01,a,1\n")
    with pytest.raises(sim.InputError, match="has no peaks: needs a column 'peak', or 'wanted'"):
        read([file], peaks=True)


QUEUES = """
apiVersion: kueue.x-k8s.io/v1beta2
kind: ClusterQueue
metadata: {name: team-a-cq}
spec:
  cohortName: team-ab
  resourceGroups:
  - coveredResources: ["cpu", "nvidia.com/gpu"]
    flavors:
    - name: default-flavor
      resources:
      - {name: cpu, nominalQuota: 9}
      - {name: nvidia.com/gpu, nominalQuota: "48", borrowingLimit: 16}
---
apiVersion: kueue.x-k8s.io/v1beta1
kind: ClusterQueue
metadata: {name: team-b-cq}
spec:
  cohort: team-ab
  fairSharing: {weight: "500m"}
  resourceGroups:
  - flavors:
    - name: default-flavor
      resources:
      - {name: nvidia.com/gpu, nominalQuota: 16}
---
kind: LocalQueue
metadata: {name: other}
"""


def imported(tmp_path, text, **read_by):
    file = tmp_path / "queues.yaml"
    file.write_text(text.lstrip())
    usage = read([file], **read_by)
    draft = as_scenario_file(usage, "kueue", start="2025-01")
    return usage, Scenario.from_dict(tomllib.loads(draft.files["kueue.toml"]))


def test_cluster_queues_become_teams_with_their_quotas_limits_and_weights(tmp_path):
    usage, scenario = imported(tmp_path, QUEUES)
    assert usage.standing["quota"].to_dict() == {"team-a-cq": 48.0, "team-b-cq": 16.0}
    assert scenario.budget.gpus == 64
    assert scenario.committee.policy == "quota_borrowing"
    a, b = scenario.team["team-a-cq"], scenario.team["team-b-cq"]
    assert (a.weight, a.borrowing_limit, a.lending_limit, a.borrowing_weight) == (48, 16, None, 1)
    assert (b.weight, b.borrowing_limit, b.lending_limit, b.borrowing_weight) == (16, None, None, 0.5)
    assert "borrowingLimit" in scenario.sources["team.team-a-cq.borrowing_limit"]


def queue(name, nominal, cohort="ab", **more):
    gpus = {"name": "nvidia.com/gpu", "nominalQuota": nominal, **more}
    spec = {"resourceGroups": [{"flavors": [{"name": "a100", "resources": [gpus]}]}]} | (
        {"cohort": cohort} if cohort else {}
    )
    return {"kind": "ClusterQueue", "metadata": {"name": name}, "spec": spec}


def documents(*queues):
    return "\n---\n".join(json.dumps(one) for one in queues)


@pytest.mark.parametrize(
    ("limits", "wanted", "held"),
    [
        (({}, {}), (30, 0), (21, 0)),
        (({"borrowingLimit": 1}, {}), (30, 0), (10, 0)),
        (({"borrowingLimit": None}, {}), (30, 0), (21, 0)),
        (({}, {"lendingLimit": 1}), (30, 0), (10, 0)),
        (({}, {"lendingLimit": 1}), (0, 30), (0, 21)),
    ],
)
@pytest.mark.parametrize("engine", ["compiled", "mesa"])
def test_queues_borrow_and_lend_as_kueue_documents(tmp_path, limits, wanted, held, engine):
    """Concepts, Cluster Queue: team-a-cq has 9, team-b-cq 12, of GPUs here."""
    text = documents(queue("team-a-cq", 9, **limits[0]), queue("team-b-cq", "12", **limits[1]))
    usage_file = tmp_path / "wanted.csv"
    usage_file.write_text("month,team,wanted\n2025-01,team-a-cq,{}\n2025-01,team-b-cq,{}\n".format(*wanted))
    (tmp_path / "queues.json.yaml").write_text(text)
    usage = read([tmp_path / "queues.json.yaml", usage_file], format=None)
    draft = as_scenario_file(usage, "kueue")
    scenario = Scenario.from_dict(tomllib.loads(draft.files["kueue.toml"]))
    months = sim.run(scenario, 1, engine=engine).months
    assert months["gpus"].tolist() == pytest.approx(list(held))


def test_a_queue_of_no_cohort_neither_borrows_nor_lends_and_cohorts_can_be_taken_apart(tmp_path):
    text = documents(queue("a", 9), queue("b", 12), queue("alone", 4, cohort=None), queue("c", 8, cohort="cd"),
                     {"kind": "ClusterQueue", "metadata": {"name": "cpus"}, "spec": {}})  # fmt: skip
    usage, scenario = imported(tmp_path, text)
    assert (scenario.team["alone"].borrowing_limit, scenario.team["alone"].lending_limit) == (0, 0)
    assert list(scenario.team) == ["a", "alone", "b", "c"]
    assert "--cohort ab or cd" in " ".join(usage.notes)
    assert "1 ClusterQueues without GPUs" in " ".join(usage.notes)
    _, scenario = imported(tmp_path, text, cohort="ab")
    assert list(scenario.team) == ["a", "b"]
    with pytest.raises(sim.InputError, match=r"no ClusterQueue is of cohort 'abc' \(did you mean 'ab'\?"):
        imported(tmp_path, text, cohort="abc")


@pytest.mark.parametrize(
    ("text", "gpus"), [("12", 12), ("1k", 1000), ("500m", 0.5), ("2Ki", 2048), ("1e2", 100), ("1.5", 1.5)]
)
def test_quantities_of_kubernetes(tmp_path, text, gpus):
    assert imported(tmp_path, documents(queue("a", text)))[0].standing["quota"]["a"] == gpus


@pytest.mark.parametrize("text", ["twelve", "1x", "-3", "nan", "inf", "1e999", "", True])
def test_what_is_no_quantity_is_told_with_its_queue(tmp_path, text):
    with pytest.raises(
        sim.InputError,
        match=r"nothing usable was found; 1 rows could not be read, document 1: ClusterQueue 'a': no quantity",
    ):
        imported(tmp_path, documents(queue("a", text)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_table_reads_alike_however_a_spreadsheet_saves_it(tmp_path, encoding, end):
    text = end.join(["month,team,wanted", "2024-01,équipe,30", "2024-02,équipe,50", ""])
    (tmp_path / "usage.csv").write_bytes(text.encode(encoding))
    with gzip.open(tmp_path / "usage.csv.gz", "wb") as packed:
        packed.write(text.encode(encoding))
    for name in ("usage.csv", "usage.csv.gz"):
        usage = read([tmp_path / name])
        assert usage.bad == 0
        assert usage.monthly[["month", "team", "wanted"]].values.tolist() == [
            ["2024-01", "équipe", 30.0], ["2024-02", "équipe", 50.0]]  # fmt: skip


def test_a_tidy_table_makes_a_scenario_whose_numbers_have_sources(tmp_path):
    file = tmp_path / "usage.csv.gz"
    with gzip.open(file, "wt") as table:
        table.write(
            "Month,Team,wanted,used,people,extra\n2024-01,my team,30,20,4,x\n2024-01,b,100,60,,x\n2024-01,b,-1,60,,x\n"
        )
    usage = read([file])
    assert usage.bad == 1
    assert "columns not used: extra" in usage.notes[0]
    draft = as_scenario_file(usage, "lab", gpus=90)
    scenario = Scenario.from_dict(tomllib.loads(draft.files["lab.toml"]))
    assert scenario.team["my_team"].researchers == 4
    assert scenario.team["my_team"].baseline * 4 == pytest.approx(30)
    assert "column people" in scenario.source_of("team.my_team.researchers")
    assert scenario.source_of("team.b.researchers") is None
    assert "team.*.researchers: not recorded; one for 8 GPUs wanted at most: b" in draft.guesses
    assert sim.run(scenario, 2).lab["need"].iloc[0] == pytest.approx(130, rel=0.01)


@pytest.mark.parametrize(("text", "fault"), [
    ("", "is empty"), ("hello\n", "of no known format"), ("month,team\n2024-01,a\n", "needs a column of"),
    ("month,team,wanted\n", "nothing usable"), ("month,team,wanted\nMay,a,3\n", "nothing usable was found; 1 rows"),
    ("month,team,wanted\n2024-01,a,0\n", "no team wants GPUs"), ("JobID|Account|End\n", "needs AllocTRES"),
    (HEADER + "\n1|a|u||||PENDING||\n", "nothing usable"), ("a|b|c\n", "of no known format"),
    ("apiVersion: v1\nkind: [\n", "is no YAML"),
])  # fmt: skip
def test_nothing_usable_is_one_clear_line(tmp_path, text, fault):
    file = tmp_path / "given"
    file.write_text(text)
    with pytest.raises(sim.InputError) as caught:
        as_scenario_file(read([file]), "lab")
    assert len(caught.value.faults) == 1
    assert fault in str(caught.value)


ODD = {  # name and text of a file: what is said of it
    ("empty.csv", ""): "is empty",
    ("twice.csv", "month,team,wanted,wanted\n2024-01,a,3,4\n"): "has 'wanted' 2 times",
    ("early.csv", "month,team,wanted\n0000-01,a,3\n"): "line 2: month must be YYYY-MM, got '0000-01'",
    ("large.csv", "month,team,wanted\n2024-01,a,1e308\n"): "line 2: wanted must be from 0 to 1e+09, got '1e308'",
    ("crowd.csv", "month,team,wanted,people\n2024-01,a,3,1e9\n"):
        "what was read makes no scenario lab: team.a.researchers: must be at most 1e+06",
    ("epoch.txt", f"{HEADER}\n" + JOB.replace("2024-01-01T00:00:00", "253402300800")):
        "line 2: no time: '253402300800'",
    ("late.txt", f"{HEADER}\n" + JOB.replace("2024-02-20", "9999-12-31")): "line 2: no time: '9999-12-31T00:00:00'",
    ("many.txt", f"{HEADER}\n" + JOB.replace("gpu=8", "gpu=" + "9" * 400)): "line 2: no number of GPUs: '9",
    ("twice.txt", HEADER.replace("User", "Account") + "\n" + JOB): "has 'account' 2 times",
    ("shares.txt", "Account|User|RawShares\nroot||nan\n"): "line 2: RawShares must be a number or 'parent', got 'nan'",
    ("spec.yaml", "kind: ClusterQueue\nmetadata: {name: a}\nspec: 3\n"): "document 1: spec of 'a' must be a mapping",
    ("date.yaml", "kind: ClusterQueue\nmetadata: {name: 2024-99-99}\n"): "is no YAML: month must be in 1..12",
}  # fmt: skip


@pytest.mark.parametrize(("file", "said"), ODD.items(), ids=lambda value: value[0] if isinstance(value, tuple) else "")
def test_odd_files_are_refused_in_lines_that_say_why_and_nothing_is_written(tmp_path, file, said):
    (tmp_path / file[0]).write_text(file[1])
    found = CliRunner().invoke(
        app, ["import", str(tmp_path / file[0]), "--name", "lab", "--out", str(tmp_path / "out")]
    )
    assert isinstance(found.exception, sim.InputError)
    assert any(said in fault for fault in found.exception.faults)
    assert all("\n" not in fault for fault in found.exception.faults)
    assert not (tmp_path / "out").exists()


def test_names_with_commas_and_tables_of_spreadsheets_in_other_countries_are_read(tmp_path):
    file = tmp_path / "table.csv"
    file.write_text('month;team;wanted\n2024-01;"a,""b";3,5\n2024-02;"a,""b";9\n')
    draft = as_scenario_file(read([file]), "lab")
    for name, text in draft.files.items():
        (tmp_path / name).write_text(text)
    scenario = sim.load_scenario(str(tmp_path / "lab.toml"))
    months = sim.run(scenario.with_overrides({"turnover.base_rate": 0.0}), 1).months
    assert months["need"].tolist() == pytest.approx([3.5, 9.0])


GOOD = {
    "tidy": "month,team,wanted,used,people,quota\n2024-01,a,30,20,3,8\n2024-02,b,50,30,,4\n",
    "sacct": f"{HEADER}\n{JOB}\n" + JOB.replace("1|a", "7_[1-4%2]|b").replace("2024-01-02T00:00:00", "Unknown") + "\n",
    "sshare": "Account|User|RawShares\nroot||1\n a||3\n a|ann|1\n b||parent\n",
    "kueue": documents(queue("a", 9, borrowingLimit=1), queue("b", "12k")),
}


@pytest.mark.parametrize("kind", GOOD)
@given(st.data())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_whatever_is_in_a_file_it_makes_a_scenario_or_a_clear_line(tmp_path_factory, kind, data):
    """A good file with pieces cut out, doubled and put in."""
    text = GOOD[kind]
    for _ in range(data.draw(st.integers(1, 4))):
        start, stop = sorted(data.draw(st.integers(0, len(text))) for _ in range(2))
        piece = data.draw(
            st.sampled_from(["", text[start:stop], "|", ",", "9" * 30, "-", "\x00", "[", "nan", "\n", "é", ": "])
        )
        text = text[:start] + piece + text[stop if data.draw(st.booleans()) else start :]
    file = tmp_path_factory.mktemp("odd") / "file"
    file.write_text(text, encoding="utf-8")
    faults = ()
    try:
        as_scenario_file(read([file], format=kind), "lab")
    except sim.InputError as error:
        faults = error.faults
    assert all("\n" not in fault and len(fault) < 1000 for fault in faults)


@pytest.mark.parametrize(("teams", "months"), [(1, 2), (2, 6), (4, 24), (30, 60)])
def test_a_new_scenario_runs_at_once_and_its_gpus_are_short(teams, months):
    scenario = Scenario.from_dict(tomllib.loads(new_scenario("mylab", teams=teams, gpus=512, months=months)))
    lab = sim.run(scenario, 5).lab
    assert (lab["need"] > lab["budget"]).mean() > 0.2
