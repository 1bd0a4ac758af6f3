package function

import (
	"strings"

	"github.com/millrace/millrace/libs/record"
)

func arrayTexts() []Scalar {
	return []Scalar{
		aliased(fails(arrayFunc("array_to_string", "The elements as CAST writes them, with the separator between them. NULLs are left out, or written as the third argument.",
			[]Example{{"ARRAY[1, NULL, 3], ','", "'1,3'"}, {"ARRAY[1, NULL, 3], ',', '-'", "'1,-,3'"}},
			on("(a ARRAY<E>, separator VARCHAR, [null_text VARCHAR]) VARCHAR", func(a []record.Value) (record.Value, error) {
				var b strings.Builder
				some := false
				for _, e := range a[0].Elems() {
					if e.IsNull() && len(a) == 2 {
						continue
					}
					if some {
						b.WriteString(a[1].Str())
					}
					some = true
					if e.IsNull() {
						b.WriteString(a[2].Str())
					} else {
						b.WriteString(printed(e))
					}
					if b.Len() > MaxText {
						return record.Value{}, ErrTooLong
					}
				}
				return record.Text(b.String()), nil
			}))), "array_join"),
		fails(arrayFunc("string_to_array", "The parts of text between separators. Parts that equal the third argument become NULL. An empty text has no parts; without a separator (`''`) the text is one part.",
			[]Example{{"'a,b,c', ','", `["a","b","c"]`}, {"'a,,c', ',', ''", `["a",null,"c"]`}, {"'', ','", "[]"}},
			on("(text VARCHAR, separator VARCHAR, [null_text VARCHAR]) ARRAY<VARCHAR>", func(a []record.Value) (record.Value, error) {
				var parts []string
				switch text, separator := a[0].Str(), a[1].Str(); {
				case text == "":
				case separator == "":
					parts = []string{text}
				default:
					parts = strings.SplitN(text, separator, MaxElems+1)
				}
				list, err := textList(parts)
				if err != nil || len(a) == 2 {
					return list, err
				}
				vs := list.Elems() // ours
				for i := range vs {
					if vs[i].Str() == a[2].Str() {
						vs[i] = record.NullOf(record.VarcharType)
					}
				}
				return record.List(record.VarcharType, vs), nil
			}))),
	}
}
