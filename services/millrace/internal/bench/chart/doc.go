// Package chart draws charts as SVG: [Lines] over two logarithmic axes, [Bars] that
// compare, and [Stacks] that divide. They can be read on light and dark screens,
// by who sees colours and who does not, and the same figures give the same bytes.
//
//	c := chart.Lines{Title: "Speed", X: chart.Axis{Label: "standing queries"}, Y: chart.Axis{Label: "tweets/s"}, Series: series}
//	err := os.WriteFile("speed.svg", c.SVG(), 0o644)
package chart
