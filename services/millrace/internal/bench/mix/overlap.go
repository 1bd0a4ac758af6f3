package mix

// distinct is how many different queries overlap has.
const distinct = 500

// overlap is what real users do: many ask for the same. Each query is one of 500 of
// the kind of mixed, by Zipf's law.
func overlap() Mix {
	v := newVocabulary()
	z := newZipf(distinct)
	return Mix{
		Name: "overlap",
		Doc:  "500 different queries of mixed, by Zipf's law",
		query: func(s *source, _ int) string {
			one := newSource(0, "overlap", z.draw(s))
			return v.mixed(&one)
		},
	}
}
