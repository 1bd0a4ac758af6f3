package bind

// whole is what the SELECTs of one query know together.
type whole struct {
	sizes
}

// newWhole begins a query of so many bytes.
func newWhole(bytes int) *whole {
	return &whole{sizes: newSizes(bytes)}
}
