"""Progress where there is no terminal: silence at first, then a line now and then with what is being done."""

from sim.cli.progress import Lines
from sim.studies.job import Job


def test_short_work_says_nothing_and_long_work_says_how_long(capsys):
    now = [0.0]
    lines = Lines("attributing", clock=lambda: now[0])
    lines.doing("single events")
    for second in range(0, 61):
        now[0] = float(second)
        lines(second, 120)
    told = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[0] for line in told] == ["attributing single events"] * 2
    assert "8 % (10 of 120), about 2 min left" in told[0]
    assert "33 % (40 of 120), about 80 s left" in told[1]


def test_what_came_before_the_first_history_says_nothing_of_the_pace(capsys):
    now = [0.0]
    lines = Lines("simulating", clock=lambda: now[0])
    now[0] = 60.0  # compiling
    lines(0, 100)
    now[0] = 92.0
    lines(64, 100)
    assert "about 18 s left" in capsys.readouterr().err


def test_one_job_fills_one_bar():
    told, words = [], []

    class Bar:
        def __call__(self, done, total):
            told.append((done, total))

        def doing(self, what):
            words.append(what)

    job = Job(Bar(), 100)
    first = job.stage("mechanisms", 30)
    first(10, 30)
    first(30, 30)
    second = job.stage("events", 20)
    second(20, 20)
    assert told == [(10, 100), (30, 100), (50, 100)]
    assert words == ["mechanisms", "events"]
    assert Job(None).stage("quiet", 3) is None
