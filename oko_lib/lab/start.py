"""JupyterLab in this process: in Russian, on this machine only, with its kernels warming up while it starts."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from oko_lib.lab.uploads import allow_large_uploads

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

#: The page a methodologist sees first.
START_NOTEBOOK = "start_here.ipynb"
#: Only this machine can reach a server that listens here.
LOOPBACK = "127.0.0.1"
#: Our defaults of JupyterLab: below the user's own settings, above the stock ones.
SETTINGS = Path(__file__).with_name("settings")
#: What runs the first page when it is opened.
EXTENSIONS = Path(__file__).with_name("extension")
KERNELS = "oko_lib.lab.kernelspec.OkoKernelSpecManager"


def access_token() -> str:
    """Return what lets a browser in: ``JUPYTER_TOKEN`` of the environment, else a new secret."""
    return os.environ.get("JUPYTER_TOKEN") or secrets.token_hex(24)


def lab_arguments(token: str) -> list[str]:
    """Return arguments of JupyterLab that make it Russian and keep it on this machine.

    Arguments win over the user's configuration files; settings chosen in JupyterLab itself, the language among them,
    win over the defaults in `SETTINGS`.

    Parameters
    ----------
    token : str
        The secret a browser has to present.
    """
    return [
        f"--ServerApp.kernel_spec_manager_class={KERNELS}",
        f"--ServerApp.ip={LOOPBACK}",
        "--ServerApp.allow_remote_access=False",
        f"--PasswordIdentityProvider.token={token}",
        f"--LabApp.app_settings_dir={SETTINGS}",
        f"--LabApp.extra_labextensions_path={EXTENSIONS}",
        # The server would fetch these three itself, whatever the page is set to.
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        "--LabApp.collaborative=False",
        # Where it is installed for `oko dashboard`, its stock page, which loads from the internet, is not served here.
        "--ServerApp.jpserver_extensions=voila.server_extension=False",
    ]


def serve(arguments: list[str]) -> None:
    """Run JupyterLab with `arguments` besides its own until it is shut down."""
    from oko_lib.lab.warm import warmth

    warmth().start()
    from jupyterlab.labapp import LabApp

    token = access_token()
    server = LabApp.initialize_server(argv=[*lab_arguments(token), *arguments])
    _protect(server, token)
    allow_large_uploads(server)
    print(f"\nРабочее место открыто: {server.display_url.split()[0]}")
    print("Закончить: Файл → Завершить работу, или Ctrl+C в этом окне.\n", flush=True)
    server.start()


def _protect(server: ServerApp, token: str) -> None:
    """Make sure that the token is asked for, and show it to whoever started the server."""
    provider = server.identity_provider
    # Some older names of the same setting in a user's configuration reach the provider past the arguments.
    provider.token = token
    # Otherwise the address in the log has dots in place of a token it takes for the user's own.
    provider.token_generated = not os.environ.get("JUPYTER_TOKEN")
