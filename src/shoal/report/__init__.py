"""The report: one self-contained HTML page, made from the study file alone."""

from shoal.report.page import write_report

__all__ = ["write_report"]
