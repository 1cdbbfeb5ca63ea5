"""What the README tells people to type works."""

import re
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def test_the_python_of_the_readme_runs(tmp_path, monkeypatch, capsys):
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 3
    monkeypatch.chdir(tmp_path)
    namespace = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), namespace)
    assert "priority" in capsys.readouterr().out


def test_pictures_and_shipped_names_of_the_readme_exist():
    from sim.scenario import shipped

    text = README.read_text(encoding="utf-8")
    for picture in re.findall(r"\]\((experiments/[^)]+)\)", text):
        assert (README.parent / picture).is_file(), picture
    named = set(re.findall(r"sim (?:run|check|attribute|sensitivity) ([a-z_]+)", text))
    assert named - {"out"} <= set(shipped())
    swept = set(re.findall(r"sim sweep ([a-z_]+)", text))
    assert all((README.parent / "experiments" / f"{name}.toml").is_file() for name in swept)


def test_every_package_is_installed():
    import tomllib

    listed = tomllib.loads((README.parent / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    there = {
        ".".join(path.parent.relative_to(README.parent).parts) for path in README.parent.glob("sim/**/__init__.py")
    }
    assert there <= set(listed)
