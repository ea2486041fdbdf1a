"""`python -m derive` is the command."""

import sys

from derive.cli import main

sys.exit(main())
