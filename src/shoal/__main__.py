"""``python -m shoal``: the command."""

from shoal.cli.main import main

main()
