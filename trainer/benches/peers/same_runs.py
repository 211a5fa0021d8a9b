"""Whether two runs are the same, from the folders that they left.

    python same_runs.py equal RUN OTHER          rows are equal to the last digit, times aside, and the models byte for byte
    python same_runs.py near RUN OTHER 1e-3 2    training losses of the first 2 epochs are within 1e-3 of each other

Prints a line, and exits with 1 where they are not.
"""

import csv
import pathlib
import sys

TABLES = "epochs.csv", "selections.csv", "coresets.csv"
MODEL = "model.safetensors"


def rows(run, table):
    path = pathlib.Path(run, table)
    found = list(csv.DictReader(path.open())) if path.exists() else []
    return [{key: value for key, value in row.items() if not key.startswith("time_")} for row in found]


def first_difference(run, other):
    for table in TABLES:
        own, others = rows(run, table), rows(other, table)
        if len(own) != len(others):
            return f"{table}: {len(own)} and {len(others)} rows"
        for number, (row, same) in enumerate(zip(own, others), 1):
            for key, value in row.items():
                if value != same[key]:
                    return f"{table}, row {number}, {key}: {value} and {same[key]}"
    if pathlib.Path(run, MODEL).read_bytes() != pathlib.Path(other, MODEL).read_bytes():
        return f"{MODEL} differs"
    return None


def main():
    how, run, other, *rest = sys.argv[1:]
    if how == "equal":
        difference = first_difference(run, other)
        epochs = len(rows(run, TABLES[0]))
        print(difference or f"equal to the last digit and byte ({epochs} epochs)")
        sys.exit(difference is not None)
    tolerance, epochs = float(rest[0]), int(rest[1])
    pairs = zip(rows(run, TABLES[0])[:epochs], rows(other, TABLES[0])[:epochs], strict=True)
    losses = [(float(row["train_loss"]), float(same["train_loss"])) for row, same in pairs]
    worst = max(abs(a / b - 1) for a, b in losses)
    print(f"losses differ by {worst:.2g} at most (up to {tolerance:g} is fine): {losses}")
    sys.exit(worst > tolerance)


if __name__ == "__main__":
    main()
