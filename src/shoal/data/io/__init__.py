"""Reading data: files, folders, archives and arrays."""
