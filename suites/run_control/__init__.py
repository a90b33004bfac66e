"""The parts that every command's run needs: options, folder, provenance, progress, deadlines, exit codes."""
