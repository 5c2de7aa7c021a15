"""Parameters of the workbench as typed objects."""
