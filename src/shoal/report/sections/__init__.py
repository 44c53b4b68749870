"""The report's sections, one a file, each a function of the facts that gives its markup."""
