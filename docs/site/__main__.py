"""Build the documentation site: ``python -m docs.site``.

The source is put together in `build/docs/source`, and Sphinx makes `build/docs/html` of it;
a warning is an error. With ``--samples`` every sample of the tutorials and guides is run
first, as a reader would run it.
"""

from __future__ import annotations

import subprocess
import sys

from docs.site.pages import ROOT
from docs.site.samples import run_all
from docs.site.source import write_source

SOURCE, BUILT = ROOT / "build/docs/source", ROOT / "build/docs/html"


def main() -> None:
    """Build the site."""
    if "--samples" in sys.argv[1:]:
        run_all()
    write_source(SOURCE)
    strict = ["--fail-on-warning", "--keep-going", "--quiet", "--fresh-env"]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *strict, str(SOURCE), str(BUILT)], cwd=ROOT, check=False
    )
    if done.returncode == 0:
        print(f"site  {BUILT / 'index.html'}")
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
