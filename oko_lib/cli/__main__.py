"""``python -m oko_lib.cli``: the ``oko`` command for programs that know their interpreter and not its folders."""

from oko_lib.cli.main import main

if __name__ == "__main__":
    main()
