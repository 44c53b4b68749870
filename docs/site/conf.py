"""Sphinx's settings; the source beside which this file stands is written by `docs.site`."""

import re
from typing import Any

import shoal

project = "shoal"
author = "the authors of shoal"
version = release = shoal.__version__
html_title = f"shoal {version}"

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "myst_parser",
    "sphinx_copybutton",
    "docs.site.mathml",
]
html_math_renderer = "mathml"
default_role = "py:obj"
smartquotes = False  # they would make one dash of an option's two
suppress_warnings = ["ref.python"]  # `classes` is an attribute of several classes
myst_heading_anchors = 4
myst_enable_extensions = ["deflist"]

autodoc_inherit_docstrings = False
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
maximum_signature_line_length = 80
napoleon_numpy_docstring = False
napoleon_use_ivar = True
python_use_unqualified_type_names = True
python_display_short_literal_types = True

html_theme = "furo"
html_static_path = ["shoal.css"]
html_css_files = ["shoal.css"]
html_show_copyright = False
html_copy_source = False
html_show_sourcelink = False
copybutton_exclude = ".linenos, .gp, .go"


def setup(app: Any) -> None:
    """Leave out what scikit-learn adds to its estimators, which its own pages tell."""
    app.connect(
        "autodoc-skip-member",
        lambda app, what, name, one, skip, options: (
            skip or re.fullmatch(r"set_\w+_request", name) is not None or None
        ),
    )
