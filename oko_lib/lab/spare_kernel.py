"""A process that imports everything in advance and then becomes the kernel described on its standard input.

For systems without a safe fork. It ends when its standard input does: the server has gone or needs no spare.
"""

from __future__ import annotations

import json
import signal
import sys
import traceback


def main() -> None:
    """Import, wait, become."""
    # Ctrl-C in the terminal is for the server, which asks first.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from oko_lib.lab.become import become_kernel
    from oko_lib.lab.request import KernelRequest

    try:
        from oko_lib.lab.preload import preload

        preload()
    except Exception:
        # A kernel with fewer imports done is a kernel still; what is broken will be said by the cell that needs it.
        traceback.print_exc()
    line = sys.stdin.buffer.readline()
    if line:
        become_kernel(KernelRequest.from_json(json.loads(line)))


if __name__ == "__main__":
    main()
