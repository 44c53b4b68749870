"""Networks and recipes for the data at hand, where none is given.

`choose.py` has one file for each kind of data: tables, pictures, masks and texts.
"""
