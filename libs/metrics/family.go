package metrics

import "slices"

// Type is what kind of metric a family is.
type Type string

// The types of families.
const (
	Counter   Type = "counter"   // only goes up; its name ends in _total
	Gauge     Type = "gauge"     // goes up and down
	Histogram Type = "histogram" // observations in buckets
	Summary   Type = "summary"   // observations by quantile
)

// Desc describes a family: the metrics of one name.
type Desc struct {
	Name, Help string
	Type       Type
	Labels     []string // names of the labels, in the order of the values that are given
}

// Family is all metrics of one name.
type Family struct {
	Name, Help string
	Type       Type
	Series     []Series // in the order of their labels
}

// Series is one metric: a family's value for some values of its labels.
type Series struct {
	Labels []Label // by name
	Value  float64 // of a counter or a gauge
	// Distribution is the value of a histogram or a summary, else nil.
	Distribution *Distribution
}

// Label is a label's name and value.
type Label struct{ Name, Value string }

// Distribution is what was observed.
type Distribution struct {
	Count uint64
	Sum   float64
	// Buckets are, of a histogram, how many observations were not above a bound;
	// +Inf needs no entry. Of a summary Quantiles are the values at quantiles of 0 to 1.
	Buckets   map[float64]uint64
	Quantiles map[float64]float64
}

// Label returns the value of the label, "" without one.
func (s Series) Label(name string) string {
	for _, l := range s.Labels {
		if l.Name == name {
			return l.Value
		}
	}
	return ""
}

// compareLabels orders series.
func compareLabels(a, b []Label) int {
	return slices.CompareFunc(a, b, func(a, b Label) int {
		switch {
		case a.Name < b.Name || a.Name == b.Name && a.Value < b.Value:
			return -1
		case a == b:
			return 0
		default:
			return 1
		}
	})
}
