import sys

from novation.cli import main

sys.exit(main())
