"""What direction 1.1 looks at in the demo region: skills, graduates, adapted programmes, own assessment, exam tasks."""
