"""What direction 1.2 looks at in the demo region: exams, diagnostics, conditions of schools, truths planted in them."""
