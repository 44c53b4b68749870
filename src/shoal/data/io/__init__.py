"""Reading data: files, folders, archives and arrays.

`load.py` begins with a name or a path. The others have one format or one layout of folders
each.
"""
