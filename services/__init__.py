"""The services of Reclaim. `core` is pure; `runtime` touches the log; each other package is one service."""
