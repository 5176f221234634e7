"""The wheel, built from the sdist and installed beside the dependencies that are there."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OPEN_A_CALL = """
import sys
import battycoda_nb as bc
assert bc.__file__.startswith(sys.argv[1]), bc.__file__
client = bc.connect()
recording = client.open(str(bc.sample_recording("sample.wav")))
print(recording.spectrogram(0).db.shape[0], client.status().workers[0].name != "")
bc.CallExplorer(recording), bc.StatusPanel(client)
client.close()
"""


def run(*command: object, **options: object) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    return folder


def sources() -> set[str]:
    """Everything that a source tree holds for users."""
    paths = [path for package in ("battycoda_nb", "tasks") for path in (ROOT / package).rglob("*") if path.is_file()]
    return {path.relative_to(ROOT).as_posix() for path in paths if "__pycache__" not in path.parts}


def test_wheel_and_sdist_hold_everything(built: Path) -> None:
    [wheel], [sdist] = built.glob("*.whl"), built.glob("*.tar.gz")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert sources() <= names
    assert any(name.endswith("jupyter_server_config.d/battycoda_nb.json") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    with tarfile.open(sdist) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    assert sources() | {"pyproject.toml", "README.md", "LICENSE"} <= inside
    assert not [name for name in inside if name.startswith(("tests/", ".ci/"))]


@pytest.mark.worker
def test_an_installed_wheel_opens_a_call(built: Path, tmp_path: Path) -> None:
    [wheel], site, home = built.glob("*.whl"), tmp_path / "site", tmp_path / "home"
    home.mkdir()
    run(sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", site, wheel)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CELERY_", "BATTYCODA_"))}
    environment |= {"PYTHONPATH": str(site), "BATTYCODA_SETTINGS": str(home)}
    printed = run(sys.executable, "-P", "-c", OPEN_A_CALL, site, env=environment, cwd=home)
    assert printed.splitlines()[-1] == "129 True"
