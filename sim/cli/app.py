"""`sim app`: the live page, served on this machine."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import announce_compilation
from sim.errors import InputError


def app(
    scenario: Annotated[str, typer.Argument(help="a scenario file, a shipped name or the folder of a saved run")] = (
        "llama_vs_opt"
    ),
    policy: Annotated[
        list[str] | None, typer.Option(help="file.py:name of your own policy; only those named here are loaded")
    ] = None,
    port: Annotated[int, typer.Option(help="on which it is served", min=1, max=65535)] = 8501,
    address: Annotated[str, typer.Option(help="by default for this machine only")] = "127.0.0.1",
    browser: Annotated[bool, typer.Option(help="open a browser")] = True,
) -> None:
    """Move a policy, a budget or an event in the browser, and see at once who stays."""
    from sim import allocation
    from sim.app.moves import opened
    from sim.engines.run import run

    if find_spec("streamlit") is None:
        raise InputError("sim app: needs the extra 'app': pip install 'gpu-lab-sim[app]'")
    chosen = opened(scenario)
    for address_of_own in policy or []:
        allocation.allow_code(address_of_own)
        allocation.get(address_of_own)
    announce_compilation()
    run(chosen, 1)  # compiles before anybody waits for it
    page = Path(__file__).parents[1] / "app" / "page.py"
    options = {
        "server.address": address, "server.port": port, "server.headless": str(not browser).lower(),
        "browser.gatherUsageStats": "false", "server.fileWatcherType": "none", "client.toolbarMode": "minimal",
    }  # fmt: skip
    command = [sys.executable, "-m", "streamlit", "run", str(page)]
    command += [f"--{key}={value}" for key, value in options.items()]
    print(f"serving {scenario} at http://{address}:{port} (Ctrl-C ends it)", flush=True)
    sys.exit(subprocess.call([*command, "--", scenario, *(policy or [])]))
