"""An installed Review Queue: wheel and sdist hold everything, and what is installed of them runs by itself.

The wheel is installed outside the checkout, in a place that nothing may be written to. Its dependencies are those of the
environment the tests run in, so nothing is downloaded.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import subprocess
import sys
import tarfile
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from reviewqueue import __version__
from reviewqueue.core.settings import ROOT, data_folder
from tests.cli.conftest import Running

# Each folder that travels, and where it is in a wheel.
TRAVELS = {
    "reviewqueue": "reviewqueue",
    **{name: f"reviewqueue/shipped/{name}" for name in ("migrations", "seed_data", "static", "templates")},
}


def do(*command: object, **env: str) -> str:
    """Run a command, outside the checkout; fails with what it says."""
    words, whole = [str(word) for word in command], {**os.environ, **env}
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd="/", env=whole, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an sdist and the wheel built from it; in `direct/` the wheel that is built from the checkout."""
    made = tmp_path_factory.mktemp("built")
    build = (sys.executable, "-m", "build", "--no-isolation", "--outdir")
    do(*build, made, ROOT)
    do(*build, made / "direct", "--wheel", ROOT)
    return made


def wheel(folder: Path) -> Path:
    """The one wheel in a folder."""
    (found,) = folder.glob("*.whl")
    return found


def contents(file: Path) -> dict[str, str]:
    """Every file in a wheel, with its digest."""
    with zipfile.ZipFile(file) as packed:
        return {name: hashlib.sha256(packed.read(name)).hexdigest() for name in packed.namelist()}


def metadata(file: Path) -> Message:
    """What a wheel says of itself."""
    with zipfile.ZipFile(file) as packed:
        return message_from_bytes(packed.read(f"reviewqueue-{__version__}.dist-info/METADATA"))


def test_a_wheel_holds_every_file_that_the_program_reads(built: Path) -> None:
    expected = {
        f"{inside}/{path.relative_to(ROOT / folder)}"
        for folder, inside in TRAVELS.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    found = contents(wheel(built / "direct"))
    assert {name for name in found if ".dist-info/" not in name} == expected
    assert "reviewqueue/py.typed" in expected
    assert len(expected) > 450


def test_the_wheel_from_the_sdist_is_the_same(built: Path) -> None:
    assert contents(wheel(built)) == contents(wheel(built / "direct"))


def test_an_sdist_holds_the_sources_and_nothing_that_was_made_beside_them(built: Path) -> None:
    (packed,) = built.glob("*.tar.gz")
    with tarfile.open(packed) as sdist:
        top = {name.split("/")[1] for name in sdist.getnames()}
    assert {"LICENSE", "README.md", "docs", "migrations", "seed_data", "static", "templates", "tests"} <= top
    assert not {name for name in top if name.startswith((".venv", ".pytest", ".mypy", "instance", "build", "dist"))}


def test_the_metadata_says_which_version_and_licence(built: Path) -> None:
    says = metadata(wheel(built))
    assert (says["Name"], says["Version"], says["License-Expression"]) == ("reviewqueue", __version__, "Apache-2.0")
    assert "LICENSE" in says.get_all("License-File", [])
    digest = hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest()
    assert digest == "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30", (
        "the licence as it is published"
    )


@pytest.fixture(scope="module")
def place(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An environment with the wheel in it, write-protected; whatever is there in the end was there before (root writes
    where it likes, so the protection alone would show nothing)."""
    made = tmp_path_factory.mktemp("place") / "environment"
    do(sys.executable, "-m", "venv", "--without-pip", made)
    ours = f"import sys; sys.path += {[path for path in sys.path if path.endswith('-packages')]}"
    (site,) = made.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(f"{ours}\n")
    python = made / "bin" / "python"
    do(sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-index", "--no-deps", wheel(built))
    before = _state(made)
    _protect(made, write=False)
    yield made
    _protect(made, write=True)
    assert _state(made) == before


def _state(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of every file."""
    stats = {str(path): path.lstat() for path in folder.rglob("*") if not path.is_dir()}
    return {path: (found.st_size, found.st_mtime_ns) for path, found in stats.items()}


def _protect(folder: Path, *, write: bool) -> None:
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | 0o200 if write else mode & ~0o222)


def read(address: str) -> bytes:
    """What an address answers."""
    with urllib.request.urlopen(address, timeout=60) as answer:
        found: bytes = answer.read()
    return found


def test_it_is_the_installed_one_that_runs(place: Path) -> None:
    found = do(place / "bin" / "python", "-c", "import reviewqueue; print(reviewqueue.__file__)")
    assert found.startswith(str(place)), found
    assert do(place / "bin" / "reviewqueue", "--version") == f"reviewqueue, version {__version__}\n"


def test_the_demo_runs_and_keeps_its_data_with_the_users(
    place: Path, running: Callable[..., Running], tmp_path: Path, folder: Path
) -> None:
    """Nobody said where: it is in the user's own data folder, which is made and closed to others."""
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "kept"), "REVIEWQUEUE_DATA": None}
    program = [str(place / "bin" / "reviewqueue")]
    demo = running("demo", "--port", "0", "--json", program=program, cwd=folder, **home)
    told = demo.first
    kept = Path(told["data"])
    assert kept.is_relative_to(tmp_path)
    assert kept.name == "reviewqueue"
    assert b"Sign in" in read(f"{told['address']}/sign-in")
    assert (ROOT / "static/icon.svg").read_bytes() == read(f"{told['address']}/static/icon.svg")
    assert demo.stop() == 0
    assert f"what you do is kept in {kept}." in demo.said()
    assert (kept / "reviewqueue.sqlite3").exists()
    assert kept.stat().st_mode & 0o077 == 0
    assert list(folder.iterdir()) == [], "nothing where it was started"


def test_db_upgrade_and_serve_run(place: Path, running: Callable[..., Running], folder: Path) -> None:
    env = {"REVIEWQUEUE_DATA": str(folder), "REVIEWQUEUE_SECRET_KEY": secrets.token_hex(32)}
    program = place / "bin" / "reviewqueue"
    do(program, "db", "upgrade", **env)
    do(program, "policy", "load", **env)
    server = running("serve", "--port", "0", "--json", program=[str(program)], cwd=folder, **env)
    assert b"Nobody has an account here yet" in read(f"{server.first['address']}/sign-in")
    assert server.stop() == 0
    assert do(program, "log", "verify", "--json", **env).startswith('{"')


def test_a_checkout_keeps_its_data_beside_the_package_wherever_a_command_is_run(tmp_path: Path) -> None:
    asked = "from reviewqueue.core.settings import Settings; print(Settings().data)"
    env = {key: value for key, value in os.environ.items() if key != "REVIEWQUEUE_DATA"}
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, cwd=tmp_path, env=env, check=True
    )
    assert done.stdout.strip() == str(data_folder(False)) == str(ROOT / "instance")
