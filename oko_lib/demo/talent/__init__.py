"""What direction 1.3 looks at in the demo region: olympiads, contests, support of the gifted, planted truths."""
