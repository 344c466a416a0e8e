"""Parses the workflows, and runs the shell scripts of their steps like GitHub's runner."""

import dataclasses
import os
import pathlib
import re
import stat
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


@dataclasses.dataclass
class Step:
    """One step, with the settings of its workflow and job."""

    file: str
    job: str
    index: int
    content: dict
    workflow: dict

    def __str__(self):
        return f"{self.file}:{self.job}:{self.content.get('name') or self.content.get('id') or self.index}"

    @property
    def shell(self):
        """The shell's name, which decides whether the runner adds pipefail."""
        defaults = self.workflow.get("defaults", {}).get("run", {})
        return self.content.get("shell", defaults.get("shell"))

    def environment(self, values):
        """The variables of the step; expressions are looked up in `values`."""
        merged = self.workflow.get("env", {}) | self.workflow["jobs"][self.job].get("env", {}) | self.content.get("env", {})
        return {name: EXPRESSION.sub(lambda found: values[found[1]], str(text)) for name, text in merged.items()}

    def run(self, folder, values=None, **environment):
        """Runs the script in a folder, with `bin` in it first on the PATH, and returns (code, output, GITHUB_OUTPUT)."""
        folder = pathlib.Path(folder)
        output = folder / "github_output"
        output.write_text("")
        clean = {
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "HOME": str(folder), "LANG": "C.UTF-8", "GITHUB_OUTPUT": str(output),
            "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "Example-Org/Connect-Verifier",
            "GITHUB_REPOSITORY_OWNER": "Example-Org", "GITHUB_ACTOR": "somebody", "GITHUB_REF_NAME": "v0.1.0",
        }
        script = folder / "step.sh"
        script.write_text(self.content["run"])
        done = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)], cwd=folder, capture_output=True, text=True,
                              check=False, env=clean | self.environment(values or {}) | environment)
        pairs = dict(line.partition("=")[::2] for line in output.read_text().splitlines())
        return done.returncode, done.stdout + done.stderr, pairs


def load():
    """All steps of all workflows."""
    found = []
    for path in FILES:
        workflow = yaml.safe_load(path.read_text())
        for job, content in workflow["jobs"].items():
            found += [Step(path.name, job, index, step, workflow) for index, step in enumerate(content["steps"])]
    return found


STEPS = load()
SCRIPTS = [step for step in STEPS if "run" in step.content]


def named(file, job, name):
    return next(step for step in SCRIPTS if (step.file, step.job) == (file, job) and name in (step.content.get("name"), step.content.get("id")))


def stand_in(folder, name, script):
    """Puts a program on the PATH of a step. It records its arguments in `calls`, one line per call."""
    path = pathlib.Path(folder) / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f'#!/usr/bin/env bash\nset -euo pipefail\necho "{name} $*" >>"{folder}/calls"\n{script}\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def calls(folder):
    return (pathlib.Path(folder) / "calls").read_text().splitlines()
