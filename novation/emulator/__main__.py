"""``python -m novation.emulator``."""

import sys

from novation.emulator.serve import main

sys.exit(main(sys.argv[1:]))
