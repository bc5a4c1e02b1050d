r"""Bramble for the official WASI test suite's own runner, with Python 3.12 or later:

    git clone --branch prod/testsuite-base https://github.com/WebAssembly/wasi-testsuite
    cd wasi-testsuite && pip install -r test-runner/requirements.txt
    python3 test-runner/wasi_test_runner.py -r ~/bramble/tools/wasi-testsuite/bramble.py \
        -t tests/*/testsuite/wasm32-wasip1

`~/bramble` stands for this checkout, after `make image` in it. Each test boots the image, and finds
its folder at `/`. The environment variable BRAMBLE names another command than the one that the
checkout builds, BRAMBLE_IMAGE another image.
"""

import functools
import json
import os
import subprocess
from pathlib import Path
from typing import Dict, List, Optional, Tuple

CHECKOUT = Path(__file__).resolve().parents[2]

# A boot takes under a second where nothing else runs, and the longest test sleeps as long.
TIMEOUT_S = 60.0


@functools.cache
def _command() -> List[str]:
    """The command that stands before the verb."""
    if "BRAMBLE" in os.environ:
        return [os.environ["BRAMBLE"]]
    # `cargo bramble` is known only inside the checkout, and tests run elsewhere. There, too, is
    # what says which Rust builds it.
    build = ["cargo", "build", "--quiet", "--package", "bramble", "--message-format", "json"]
    built = subprocess.run(build, cwd=CHECKOUT, encoding="UTF-8", stdout=subprocess.PIPE, check=True)
    messages = [json.loads(line) for line in built.stdout.splitlines()]
    return [message["executable"] for message in messages if message.get("executable")]


def get_name() -> str:
    return "bramble"


def get_version() -> str:
    ask = _command() + ["--version"]
    version = subprocess.run(ask, encoding="UTF-8", capture_output=True, check=True)
    return version.stdout.split()[-1]


def get_wasi_versions() -> List[str]:
    return ["wasm32-wasip1"]


def get_wasi_worlds() -> List[str]:
    return ["wasi:cli/command"]


def get_timeout_seconds() -> float:
    return TIMEOUT_S


def compute_argv(
    test_path: str,
    args_env_root: Tuple[List[str], Dict[str, str], Optional[Path]],
    proposals: List[str],
    wasi_world: str,
    wasi_version: str,
) -> List[str]:
    args, env, root = args_env_root
    variables = [word for name, value in env.items() for word in ("--env", f"{name}={value}")]
    folder = ["--dir", f"{root}::/"] if root else []
    return _command() + ["run"] + variables + folder + [test_path] + args
