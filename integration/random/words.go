package random

import "math/rand/v2"

// words make up texts: several scripts, letters whose case folding is unusual
// (Kelvin sign, long s, sharp s, dotted I, final sigma), and characters that mean
// something to SQL, LIKE or JSON.
var words = [...]string{
	"mill", "Mill", "MILL", "water", "Wheel", "golang", "Go", "grain", "race", "the", "a", "of",
	"Straße", "STRASSE", "STRAẞE", "ſtream", "Stream", "\u212Aelvin", "kelvin", "İstanbul", "ıstanbul", "istanbul", "ΣΊΣΥΦΟΣ", "Σίσυφος",
	"水車", "水", "車が回る", "データ", "数据流", "스트림", "поток", "ПОТОК", "नदी",
	"🌾", "👩‍🌾", "🇯🇵", "e\u0301t\u00e9", "été",
	"100%", "snake_case", `back\slash`, "it's", `"quoted"`, "&amp;", "a\nb", "tab\t", "#mill", "@mara",
}

var tags = [...]string{"mill", "Mill", "golang", "水車", "Straße", "stream", "🌾", "a_b", "100%", ""}

var langs = [...]string{"en", "en", "en", "de", "ja", "fr", "und", "", "EN"}

var people = [...]string{"mara", "Mara", "bo_sample", "ida", "jo", "鈴木", "o'hara"}

var places = [...]string{"DE", "GB", "JP", "de"}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// chance is true once in n.
func chance(r *rand.Rand, n int) bool { return r.IntN(n) == 0 }

func newRand(seed, stream uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, stream)) }
