package content

// DefaultSize is how many bytes the model that ships has.
func DefaultSize() int { return len(shipped) }
