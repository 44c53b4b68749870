"""A run as it is shown while it runs, in Python and by the command alike."""

from shoal.display.lines import Lines, progress_line
from shoal.display.live import LivePanel, on_terminal, shown
from shoal.display.progress import Phase, Progress, Watch, nobody
from shoal.display.working import working

__all__ = [
    "Lines",
    "LivePanel",
    "Phase",
    "Progress",
    "Watch",
    "nobody",
    "on_terminal",
    "progress_line",
    "shown",
    "working",
]
