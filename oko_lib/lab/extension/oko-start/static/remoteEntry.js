// Runs start_here.ipynb when it is opened, so that a methodologist sees the page without pressing anything.
//
// A prebuilt extension of JupyterLab written by hand: a container with `init` and `get` is all that JupyterLab asks of
// one, and without imports there is nothing to build. Only this one notebook of the product runs by itself: code of
// others never does.
(() => {
  const START = /^(notebooks\/)?start_here\.ipynb$/;
  const REMEMBERED = "oko-start:kernel";

  /** Run all cells unless this kernel has run them before: reloading the page must not repeat them. */
  const run = async (app, panel) => {
    await panel.context.ready;
    await panel.sessionContext.ready;
    const kernel = panel.sessionContext.session?.kernel;
    if (!kernel || localStorage.getItem(REMEMBERED) === kernel.id) {
      return;
    }
    // A kernel that is called idle may still be connecting: what is sent before may stay without an answer.
    await kernel.info;
    await panel.revealed;
    if (panel.isDisposed || app.shell.currentWidget !== panel) {
      return;
    }
    localStorage.setItem(REMEMBERED, kernel.id);
    const ran = app.commands.execute("notebook:run-all-cells");
    // Running takes the reader to the last cell at once and says so only when all is done.
    requestAnimationFrame(() => {
      panel.content.activeCellIndex = 0;
      panel.content.scrollToItem(0);
    });
    await ran;
  };

  const plugin = {
    id: "oko-start:plugin",
    description: "Runs the first page of the workbench when it is opened",
    autoStart: true,
    activate: (app) => {
      const underWay = new WeakSet();
      const look = () => {
        const panel = app.shell.currentWidget;
        if (panel?.sessionContext && START.test(panel.context?.path ?? "") && !underWay.has(panel)) {
          underWay.add(panel);
          run(app, panel)
            .catch((error) => console.warn("oko-start:", error))
            .finally(() => underWay.delete(panel));
        }
      };
      app.restored.then(() => {
        app.shell.currentChanged.connect(look);
        look();
      });
    },
  };

  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB["oko-start"] = {
    init: () => {},
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
})();
