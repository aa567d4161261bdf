"""python -m lib: the command line."""

import io
import os
import sys
import traceback

STOPPED = 130  # by Ctrl-C, as shells have it
UNKNOWN = 3  # an answer that nobody can read is none

try:
    from lib.core import visible
    from lib.faces.cli import main
except KeyboardInterrupt:  # to load it all takes a second
    sys.exit(STOPPED)
except Exception:  # a package that is missing, say: Python's own code is 1, a warning
    traceback.print_exc()
    print("unknown: the command could not be loaded; see above", file=sys.stderr)
    sys.exit(1 if sys.argv[1:2] == ["verify-triggers"] else UNKNOWN)


class _Visible(io.TextIOWrapper):
    """What a database named does nothing to a terminal."""

    def write(self, text: str) -> int:
        """Write what acts as signs that show it."""
        super().write(visible.lines(text))
        return len(text)


class _MayGoUnread(_Visible):
    """Whoever reads may have gone, as `| head` does: the verdict and its exit code stay.

    `failed` says why else nothing more could be written, as on a full disk.
    """

    failed: OSError | None = None

    def write(self, text: str) -> int:
        """Write, or drop what nobody reads."""
        try:
            return super().write(text)
        except OSError as error:
            return self._drop(len(text), error)

    def flush(self) -> None:
        """Flush, or drop what nobody reads."""
        try:
            super().flush()
        except OSError as error:
            self._drop(0, error)

    def _drop(self, size: int, error: OSError) -> int:
        if not isinstance(error, BrokenPipeError):
            self.failed = error
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
        return size


if __name__ == "__main__":
    visible.log_visibly()
    if isinstance(sys.stderr, io.TextIOWrapper):
        encoding, errors = sys.stderr.encoding, sys.stderr.errors
        sys.stderr = _Visible(sys.stderr.detach(), encoding, errors, line_buffering=True)
    if isinstance(sys.stdout, io.TextIOWrapper):
        encoding, lines = sys.stdout.encoding, sys.stdout.line_buffering
        sys.stdout = _MayGoUnread(sys.stdout.detach(), encoding, line_buffering=lines)
    try:
        code = main(sys.argv[1:])
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        code = STOPPED
    if sys.stdout is not None:  # as it is where the caller closed it
        sys.stdout.flush()
    if (failed := getattr(sys.stdout, "failed", None)) is not None:
        print(f"unknown: the answer could not be written: {failed.strerror}", file=sys.stderr)
        code = UNKNOWN
    sys.exit(code)
