"""Which kernels JupyterLab offers: the one notebooks name, ``python3``, starts warm; nothing is written anywhere."""

from __future__ import annotations

import os
import sys
from typing import Any

from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.provisioning import KernelProvisionerFactory

from oko_lib.lab.provisioner import NAME as PROVISIONER

#: What notebooks, ours and the methodologists', name as their kernel.
USUAL = "python3"
PLAIN = "python3-plain"


class OkoKernelSpecManager(KernelSpecManager):
    """Jupyter's kernels, with the usual one started by the provisioner ``oko-warm``."""

    def find_kernel_specs(self) -> dict[str, str]:
        """Return folders of kernels by name."""
        found = {USUAL: RESOURCES, **super().find_kernel_specs()}
        if self._usual() is not None:
            found[PLAIN] = RESOURCES
        return {
            name: folder
            for name, folder in found.items()
            if not self.allowed_kernelspecs or name in self.allowed_kernelspecs
        }

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return a kernel's specification."""
        if kernel_name not in (USUAL, PLAIN) or (usual := self._usual()) is None:
            return super().get_kernel_spec(kernel_name)
        if kernel_name == PLAIN:
            return self._made(usual, "Python 3 (обычный запуск)", {})
        return self._made(usual, "ОКО (Python 3)", {"kernel_provisioner": {"provisioner_name": PROVISIONER}})

    def _usual(self) -> dict[str, Any] | None:
        """Return the usual kernel of this interpreter; None where ``python3`` is something of the user's own."""
        found = super().get_kernel_spec(USUAL).to_dict()
        interpreter = found["argv"][0]
        ours = interpreter in ("python", "python3", "python.exe") or _same_file(interpreter, sys.executable)
        is_theirs = "kernel_provisioner" in (found.get("metadata") or {})
        if not ours or is_theirs or "ipykernel_launcher" not in found["argv"]:
            return None
        probe = KernelSpec(metadata={"kernel_provisioner": {"provisioner_name": PROVISIONER}})
        if not KernelProvisionerFactory.instance(parent=self.parent).is_provisioner_available(probe):
            # Installed before there was this provisioner, and not since.
            return None
        return found

    def _made(self, usual: dict[str, Any], title: str, metadata: dict[str, Any]) -> KernelSpec:
        usual = {**get_kernel_dict(), **usual}
        return self.kernel_spec_class(
            resource_dir=RESOURCES,
            **{**usual, "display_name": title, "metadata": {**usual["metadata"], **metadata}},
        )


def _same_file(one: str, other: str) -> bool:
    return os.path.normcase(one) == os.path.normcase(other)
