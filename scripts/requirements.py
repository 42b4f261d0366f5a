"""Write the hashed requirement files anew, without the address of any index.

Needs `uv` on the path or in the environment (`pip install uv`): it resolves for every Python
and platform at once. The index is the one that pip is configured for.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = {
    "run.txt": ["pyproject.toml", "--group", "build"],
    "test.txt": ["pyproject.toml", "--group", "build", "--group", "test"],
    "postgresql.txt": ["--group", "postgresql"],
    "bench.txt": [
        "pyproject.toml",
        *("--group", "build", "--group", "test", "--group", "bench"),
    ],
}


def main() -> None:
    """Compile all files."""
    for name, sources in FILES.items():
        target = Path("requirements") / name
        command = [sys.executable, "-m", "uv", "pip", "compile", *sources, "--output-file", target]
        options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--upgrade"]
        quiet = ["--no-header", "--no-emit-index-url", "--no-emit-find-links", "--quiet"]
        subprocess.run([*command, *options, *quiet], cwd=ROOT, env=environment(), check=True)
        print(f"wrote {target}")


def environment() -> dict[str, str]:
    """This process's environment, with pip's index for uv."""
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"],
        capture_output=True,
        text=True,
        check=False,
    )
    index = asked.stdout.strip()
    return os.environ | ({"UV_INDEX_URL": index} if index else {})


if __name__ == "__main__":
    main()
