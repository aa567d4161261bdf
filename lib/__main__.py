"""python -m lib: the command line."""

import io
import os
import sys

from lib.cli import main


class _MayGoUnread(io.TextIOWrapper):
    """Whoever reads may have gone, as `| head` does: the verdict and its exit code stay."""

    def write(self, text: str) -> int:
        """Write, or drop what nobody reads."""
        try:
            return super().write(text)
        except BrokenPipeError:
            return self._drop(len(text))

    def flush(self) -> None:
        """Flush, or drop what nobody reads."""
        try:
            super().flush()
        except BrokenPipeError:
            self._drop(0)

    def _drop(self, size: int) -> int:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
        return size


if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        encoding, lines = sys.stdout.encoding, sys.stdout.line_buffering
        sys.stdout = _MayGoUnread(sys.stdout.detach(), encoding, line_buffering=lines)
    code = main(sys.argv[1:])
    if sys.stdout is not None:  # as it is where the caller closed it
        sys.stdout.flush()
    sys.exit(code)
