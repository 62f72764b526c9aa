"""What every system of the sandbox shares: children, state, operations, errors, faults, the clock."""
