"""A table's columns: cells as they stand in files, and columns fitted on training rows.

`cells.py` and its neighbors read cells; `fit.py` and the files of the kinds (numbers,
categories, dates, texts) turn a column into features.
"""
