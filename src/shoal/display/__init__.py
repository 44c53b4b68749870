"""A run as it is shown while it runs, in Python and by the command alike."""

from shoal.display.live import LivePanel, default_display, on_terminal
from shoal.display.progress import Lines, Phase, Progress, Watch, no_callback, progress_line
from shoal.display.working import working

__all__ = [
    "Lines",
    "LivePanel",
    "Phase",
    "Progress",
    "Watch",
    "default_display",
    "no_callback",
    "on_terminal",
    "progress_line",
    "working",
]
