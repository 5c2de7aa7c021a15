"""The workbench: JupyterLab whose kernels start with the libraries already imported.

A kernel of a methodologist needs three seconds before its first useful line, nearly all of it imports. Here a process
that has imported everything waits in advance, and a kernel is a fork of it (``fork_server``) or, on systems without a
safe fork, that process itself (``spare_kernel``). Anything unusual gets an ordinary kernel: nothing is ever slower or
less reliable than stock Jupyter.
"""
