"""`python -m benchmarks [--only engine|browser|load|training] [--quick]`: measure, print the table, write results.md."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import time
import traceback

from benchmarks import table

SECTIONS = ("engine", "browser", "load", "training")
"""One module a section; each has `rows(quick)`. Imported when its turn comes: the load needs no torch."""


def main() -> int:
    """Return 1 if something could not be measured, and 0 however slow it was."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what the project promises.")
    parser.add_argument("--only", choices=SECTIONS, help="measure one section, and only print it")
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    asked = parser.parse_args()
    load_before = os.getloadavg()
    rows, failed = [], []
    for name in [asked.only] if asked.only else SECTIONS:
        print(f"{name} ...", file=sys.stderr, flush=True)
        start = time.monotonic()
        try:
            for row in importlib.import_module(f"benchmarks.{name}").rows(quick=asked.quick):
                rows.append(row)
                print("  " + "  ".join(row.cells()), file=sys.stderr, flush=True)
        except Exception:
            traceback.print_exc()
            failed.append(name)
        print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    command = " ".join(["python -m benchmarks", *sys.argv[1:]])
    print("\n".join(["", *table.machine(command, load_before), "", table.as_text(rows)]))
    note = "".join(f"\nCould not be measured: {name}.\n" for name in failed)
    if not asked.only:  # one section must not put away what the others measured
        table.RESULTS.write_text(table.as_markdown(rows, command, load_before) + note, encoding="utf-8")
    print(note)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
