#!/usr/bin/env python3
"""Copies the tables of a profile to where they are committed, with what made them, and draws them there.

What is published of sweeps that the results do not hold stays, so that each sweep can be published when it is done;
so does every file that is no table and no picture of ours.
"""

import csv
import json
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS, COMMANDS = "runs.csv", "commands.txt"
# What a sweep still has to do, which is nobody else's business.
PLAN = "plan.csv"
# The tables with rows of each run, beside that of the runs themselves.
OF_RUNS = "epochs.csv", "layers.csv", "selections.csv"
HEADER = "# One line per run of runs.csv: the run, the revision that made it, and the command that repeats it."


class Refused(Exception):
    """What is wrong, where, and the cure."""


def read(path):
    """The columns and the rows of a table; none of one that is not there."""
    if not path.exists():
        return [], []
    with path.open(newline="") as file:
        reader = csv.DictReader(file)
        columns, rows = reader.fieldnames, list(reader)
    if not columns or any(None in row or None in row.values() for row in rows):
        raise Refused(f"{path}: has no header, or a row of another length; regenerate the table")
    return columns, rows


def write(path, columns, rows):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def merged(fresh, old):
    """The rows of two tables under the columns of both."""
    columns = fresh[0] + [column for column in old[0] if column not in fresh[0]]
    return columns, fresh[1] + old[1]


def of(runs, table):
    return table[0], [row for row in table[1] if row["run"] in runs]


def public(command):
    """A recorded command with the name alone of the data it reads: the rest of the path is this machine's."""
    words = shlex.split(command)
    for place in range(1, len(words)):
        if words[place - 1] == "--data":
            words[place] = Path(words[place]).name
    return shlex.join(words)


def command(results, run):
    """The command that repeats a run, as the run itself recorded it."""
    path = results / "runs" / run / "settings.json"
    try:
        origin = json.loads(path.read_text())
        return f"{run} {origin['revision']} {public(origin['command'])}"
    except (OSError, ValueError, KeyError) as error:
        raise Refused(f"{path}: cannot be read ({error}); delete the run's folder and sweep again") from error


def tables(results, published, fresh):
    """Puts what is to be published of `results` into the folder `fresh`, a copy of what is `published`."""
    for table in results.glob("*.csv"):
        if table.name not in (RUNS, PLAN, *OF_RUNS):
            shutil.copy(table, fresh)
    new, old = read(results / RUNS), read(published / RUNS)
    if not new[1]:
        return
    made = {row["artifact"] for row in new[1]}
    kept = old[0], [row for row in old[1] if row["artifact"] not in made]
    own = {row["run"] for row in new[1]}
    others = {row["run"] for row in kept[1]} - own
    write(fresh / RUNS, *merged(new, kept))
    for name in OF_RUNS:
        table = read(results / name)
        if not table[0]:
            raise Refused(f"{results / name}: is missing; sweep again")
        write(fresh / name, *merged(of(own, table), of(others, read(published / name))))
    lines = {run: command(results, run) for run in own}
    if (published / COMMANDS).exists():
        for line in (published / COMMANDS).read_text().splitlines():
            run = line.partition(" ")[0]
            if run in others:
                lines[run] = line
    (fresh / COMMANDS).write_text("\n".join([HEADER, *(lines[run] for run in sorted(lines))]) + "\n")


def publish(profile, figures):
    if not re.fullmatch(r"[a-z0-9-]+", profile):
        raise Refused(f"{profile} is no name of a profile; give one such as quick")
    results, published = Path("data/results", profile), Path("data/published", profile)
    pictures = Path("figures/published", profile)
    if not any(results.glob("*.csv")):
        raise Refused(f"{results} has no tables; run make figures PROFILE={profile} first")
    for folder in published, pictures:
        folder.mkdir(parents=True, exist_ok=True)
    # On the same disk as what it is to replace, and no part of the checkout should this be killed.
    with tempfile.TemporaryDirectory(prefix=".publish-", dir=results.parent) as partial:
        fresh_tables = Path(shutil.copytree(published, Path(partial, "tables")))
        fresh_pictures = Path(shutil.copytree(pictures, Path(partial, "pictures")))
        tables(results, published, fresh_tables)
        draw = [figures, "draw", "all", "--results", fresh_tables, "--out", fresh_pictures]
        drawn = subprocess.run(draw, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if drawn.returncode:
            said = drawn.stderr.strip().rpartition("\n")[2].removeprefix("error: ")
            raise Refused(said or f"{figures}: ended with {drawn.returncode}; publish again")
        for folder, fresh in (published, fresh_tables), (pictures, fresh_pictures):
            folder.rename(Path(partial, f"old-{fresh.name}"))
            fresh.rename(folder)
    print(f"published {published} and {pictures}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: scripts/publish.py PROFILE SWAST_FIGURES")
    try:
        publish(*sys.argv[1:])
    except OSError as error:
        sys.exit(f"publish: {error.filename}: {error.strerror}; fix that and publish again")
    except KeyError as error:
        sys.exit(f"publish: a table of runs has no column {error}; regenerate the table")
    except (Refused, ValueError, csv.Error) as error:
        sys.exit(f"publish: {error}")
