"""``python -m battycoda_nb.cli`` is the command `battycoda`."""

import sys

from .main import main

sys.exit(main())
