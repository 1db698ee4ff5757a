"""What a denial is and why: code knowledge as data, states, causes."""
