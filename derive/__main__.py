"""`python -m derive` is the command."""

import sys

from derive.cli import command

sys.exit(command())
