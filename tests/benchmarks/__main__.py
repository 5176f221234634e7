"""``make bench``: every figure is a ratio measured in this run; absolute times mean nothing elsewhere."""

from __future__ import annotations

import sys

from . import compute, dragging, hour, latency, stepping, strip


def main() -> int:
    good = compute.run()
    good &= strip.run()
    good &= hour.run()
    good &= stepping.run()
    good &= dragging.run()
    good &= latency.run()
    print("every guard holds" if good else "a guard does not hold: see above")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
