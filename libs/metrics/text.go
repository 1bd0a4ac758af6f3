package metrics

import (
	"bytes"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// ContentType is that of [WriteText].
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// WriteText writes families in Prometheus' text format, version 0.0.4.
func WriteText(w io.Writer, families []Family) error {
	t := text{
		help:  strings.NewReplacer(`\`, `\\`, "\n", `\n`),
		value: strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`),
	}
	for _, f := range families {
		t.family(f)
	}
	_, err := w.Write(t.out.Bytes())
	return err
}

// text is a page of text that is being written.
type text struct {
	out         bytes.Buffer
	help, value *strings.Replacer // what must not stand there as it is
}

func (t *text) family(f Family) {
	if f.Help != "" {
		t.out.WriteString("# HELP " + f.Name + " " + t.help.Replace(f.Help) + "\n")
	}
	t.out.WriteString("# TYPE " + f.Name + " " + string(f.Type) + "\n")
	for _, s := range f.Series {
		d := s.Distribution
		if d == nil {
			t.sample(f.Name, s.Labels, "", 0, s.Value)
			continue
		}
		for _, q := range slices.Sorted(maps.Keys(d.Quantiles)) {
			t.sample(f.Name, s.Labels, "quantile", q, d.Quantiles[q])
		}
		if f.Type == Histogram {
			for _, bound := range slices.Sorted(maps.Keys(d.Buckets)) {
				if !math.IsInf(bound, 1) {
					t.sample(f.Name+"_bucket", s.Labels, "le", bound, float64(d.Buckets[bound]))
				}
			}
			t.sample(f.Name+"_bucket", s.Labels, "le", math.Inf(1), float64(d.Count))
		}
		t.sample(f.Name+"_sum", s.Labels, "", 0, d.Sum)
		t.sample(f.Name+"_count", s.Labels, "", 0, float64(d.Count))
	}
}

// sample writes a line; extra is the name of a label more, "" for none, and at its value.
func (t *text) sample(name string, labels []Label, extra string, at, value float64) {
	t.out.WriteString(name)
	before := byte('{')
	label := func(name, value string) {
		t.out.WriteByte(before)
		t.out.WriteString(name + `="` + value + `"`)
		before = ','
	}
	for _, l := range labels {
		label(l.Name, t.value.Replace(strings.ToValidUTF8(l.Value, "\uFFFD")))
	}
	if extra != "" {
		label(extra, number(at))
	}
	if before == ',' {
		t.out.WriteByte('}')
	}
	t.out.WriteString(" " + number(value) + "\n")
}

// number spells a value so that it is read back as it is: +Inf, -Inf and NaN, too.
func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
