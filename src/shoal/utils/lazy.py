"""Public names, listed once: in the stub beside a package's ``__init__.py``.

The stub is what type checkers read; at run time the names come from the same lines, as in
Scientific Python's SPEC 1. The form of a line is ``from package.module import Name as Name``,
or ``from package import *`` for all names of a package that has a stub of its own.
"""

# Nothing is imported here that `import shoal` would not import anyway: it takes no time.

import sys

Sources = dict[str, tuple[str, str]]
"""By public name the module that defines it, and its name there (empty: the module itself)."""


def names_of(package: str, file: str) -> Sources:
    """What the stub of a package lists.

    Args:
        package: its full name.
        file: its ``__init__.py``, beside which its stub is. An editable installation may give the
            package another folder in ``__path__``.
    """
    import ast
    from os.path import dirname, join

    folder = dirname(file)
    with open(join(folder, "__init__.pyi"), encoding="utf-8") as stub:
        body = ast.parse(stub.read()).body
    found: Sources = {}
    for line in body:
        if not isinstance(line, ast.ImportFrom):
            continue
        module = str(line.module)
        for alias in line.names:
            if alias.name == "*":
                inside = module.removeprefix(f"{package}.").split(".")
                found |= names_of(module, join(folder, *inside, "__init__.py"))
            elif module == package:
                found[alias.asname or alias.name] = (f"{package}.{alias.name}", "")
            else:
                found[alias.asname or alias.name] = (module, alias.name)
    return found


def import_names(package: str, file: str) -> list[str]:
    """Import all that the stub of a package lists into it, and give the names.

    Importing a module registers the components in it.
    """
    found = names_of(package, file)
    into = vars(sys.modules[package])
    for name, source in found.items():
        into[name] = value_of(*source)
    return sorted(found)


def value_of(module: str, name: str) -> object:
    """A name of a module, which is imported if need be, or the module itself."""
    from importlib import import_module

    found: object = import_module(module)
    return getattr(found, name) if name else found
