"""What the trials of a study tell: tables and files for other programs, figures.

Everything is read from the study's file; nothing is trained or predicted again. The
methods of `shoal.Study` lead here.
"""
