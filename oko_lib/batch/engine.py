"""A papermill engine that executes a notebook inside this process, without a kernel and its message queue.

One process per report is the isolation; within it an IPython shell runs the cells and its outputs are recorded in the
form a kernel would have sent. Half a second of kernel start and two seconds of imports are saved per report, because
the process is a fork of a parent that has everything imported.

Papermill loads this module itself, by the entry point ``papermill.engine``, at the end of its own import: ``import
papermill`` and ask for the engine by name. It must stay light, because every import of papermill pays for it.
"""

from __future__ import annotations

from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Any

from papermill.engines import Engine

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from papermill.engines import NotebookExecutionManager


class InProcessEngine(Engine):
    """Papermill's engine interface over :class:`oko_lib.batch.shell.ReportShell`."""

    @classmethod
    def execute_notebook(cls, nb: NotebookNode, kernel_name: str, output_path: str | None = None, **options: Any):
        """Execute without writing the notebook before and after: papermill writes the result itself once more."""
        return super().execute_notebook(nb, kernel_name, output_path=None, **options)

    @classmethod
    def execute_managed_notebook(cls, nb_man: NotebookExecutionManager, kernel_name: str, **_: Any) -> None:
        """Execute the cells of ``nb_man.nb`` in order, stopping at the first that raises."""
        from oko_lib.batch.shell import RecordingStream, report_shell

        with report_shell() as shell:
            out, err = RecordingStream(shell.recorder, "stdout"), RecordingStream(shell.recorder, "stderr")
            for index, cell in enumerate(nb_man.nb.cells):
                if cell.cell_type != "code" or not cell.source.strip():
                    continue
                nb_man.cell_start(cell, index)
                cell.outputs = shell.recorder.start_cell()
                cell.execution_count = shell.execution_count
                with redirect_stdout(out), redirect_stderr(err):
                    outcome = shell.run_cell(cell.source, store_history=True)
                # clear_output() may have put a new list in place.
                cell.outputs = shell.recorder.outputs
                if not outcome.success:
                    nb_man.cell_exception(cell, index)
                    return
                nb_man.cell_complete(cell, index)
