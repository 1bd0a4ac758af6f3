// Package optimize brings a plan into canonical form, so that queries that mean
// the same become the same plan and share everything. A [Rule] is one
// equivalence, with its name, in a file of its own; [Rules] is the ordered list.
//
// Every rule holds under the four truth values of package record, NULL and ERROR
// included; what is not proven equivalent stays apart, which costs speed and
// never truth. Rules know plans only: no SQL text, no catalog, no statistics.
//
//	canonical, fired := optimize.Optimize(bound)
package optimize
