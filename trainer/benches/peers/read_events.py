#!/usr/bin/env python3
"""Prints every scalar of a folder's TensorBoard event files as CSV, as TensorBoard's own EventAccumulator reads them.

Rows are sorted by tag, then step; a value is the float32 of the file, in the shortest digits that give it back.
"""

import argparse
import csv
import sys
from pathlib import Path

import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.io_wrapper import IsSummaryEventsFile


def scalars(folder):
    """Tag, step and value of every scalar that is left when restarts have purged theirs."""
    # A size of 0 keeps all of them, instead of a sample.
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0}).Reload()
    rows = [(tag, e.step, e.value) for tag in events.Tags()["scalars"] for e in events.Scalars(tag)]
    return sorted(rows, key=lambda row: row[:2])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder of the event files")
    folder = parser.parse_args().folder
    # EventAccumulator says nothing about a folder that holds no event file.
    if not folder.is_dir() or not any(IsSummaryEventsFile(str(path)) for path in folder.iterdir()):
        sys.exit(f"{folder}: no event files")
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(("tag", "step", "value"))
    out.writerows((tag, step, str(np.float32(value))) for tag, step, value in scalars(folder))


if __name__ == "__main__":
    main()
