"""The panels as a page without code: a Voilà server in this process, on this machine only.

Imports Voilà, an optional library: only `oko dashboard` imports this module.
"""

from __future__ import annotations

import os
import tempfile
import webbrowser
from html import escape
from pathlib import Path
from urllib.request import pathname2url

from traitlets.config import Config
from voila.app import Voila

from oko_lib.lab.start import KERNELS, LOOPBACK, access_token

#: Our template, put before Voilà's own.
TEMPLATES = Path(__file__).with_name("page")

#: A browser that honours it loads nothing from elsewhere, whatever a widget or a page asks for.
ONLY_THIS_SERVER = "; ".join(
    (
        "default-src 'self' data: blob:",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        # Not every browser takes the kernel's web socket for the page's own address.
        f"connect-src 'self' ws://{LOOPBACK}:* ws://localhost:* data: blob:",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)


class Dashboard(Voila):
    """Voilà for one notebook, in Russian, with nothing from the internet."""

    def setup_template_dirs(self) -> None:
        """Put our template before Voilà's."""
        super().setup_template_dirs()
        self.template_paths = [str(TEMPLATES), *self.template_paths]

    @property
    def display_url(self) -> str:
        """The address to open, with what lets a browser in."""
        return f"{self.connection_url}?token={self.token}"

    def launch_browser(self) -> None:
        """Open the page; Voilà's own way forgets the token."""
        handle, path = tempfile.mkstemp(prefix="oko-", suffix=".html")
        # Through a file that only this user can read: arguments of a program are visible to all users of a machine.
        with open(handle, "w", encoding="utf-8") as file:
            file.write(f'<meta charset="utf-8"><meta http-equiv="refresh" content="0;url={escape(self.display_url)}">')
            file.write("<title>Открываю страницу…</title>")
        webbrowser.open(f"file://{pathname2url(path)}", new=self.webbrowser_open_new)


def dashboard_config(token: str, browser: bool = True, port: int | None = None) -> Config:
    """Return the configuration of the server.

    Parameters
    ----------
    token : str
        The secret a browser has to present.
    browser : bool
        Whether to open a browser window.
    port : int or None
        The first port to try.
    """
    config = Config()
    # A user's voila.py would win over all this.
    config.Dashboard.config_file_paths = []
    config.Dashboard.ip = LOOPBACK
    config.Dashboard.token = token
    config.Dashboard.open_browser = browser
    if port is not None:
        config.Dashboard.port = port
    # Voilà itself accepts any name of the host; a page elsewhere must not reach this server under a name of its own.
    config.Dashboard.tornado_settings = {
        "allow_remote_access": False,
        "headers": {"Content-Security-Policy": ONLY_THIS_SERVER},
    }
    voila = config.VoilaConfiguration
    voila.kernel_spec_manager_class = KERNELS
    voila.strip_sources = True
    voila.allow_template_override = "NO"
    voila.allow_theme_override = "NO"
    # Other extensions of JupyterLab that happen to be installed may ask the internet; widgets need these only.
    voila.extension_allowlist = [
        "@jupyter-widgets/jupyterlab-manager",
        "@voila-dashboards/widgets-manager8",
        "anywidget",
    ]
    config.VoilaExporter.language_code = "ru"
    return config


def serve_dashboard(notebook: Path, browser: bool = True, port: int | None = None) -> None:
    """Serve `notebook` as a page without code until it is stopped by Ctrl-C."""
    from oko_lib.lab.warm import warmth

    warmth().start()
    os.chdir(notebook.parent)
    config = dashboard_config(access_token(), browser, port)
    Dashboard.launch_instance(argv=[str(notebook)], config=config)
