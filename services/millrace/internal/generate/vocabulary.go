package generate

import (
	"strings"

	"github.com/millrace/millrace/services/millrace/internal/splitmix"
)

// vocabularySize is how many words a language has.
const vocabularySize = 4096

// vocabulary is a language with its words by frequency. It does not depend on
// the seed, so that one set of queries fits every input.
type vocabulary struct {
	language
	list []string
}

// newVocabularies makes every language's words: those it names, then built ones.
func newVocabularies() []vocabulary {
	langs := languages()
	all := make([]vocabulary, len(langs))
	for i, l := range langs {
		all[i] = vocabulary{language: l, list: buildWords(l, uint64(i))}
	}
	return all
}

func buildWords(l language, number uint64) []string {
	list := strings.Fields(l.words)
	seen := make(map[string]bool, vocabularySize)
	for _, w := range list {
		seen[w] = true
	}
	onsets, middles, codas := strings.Fields(l.onsets), strings.Fields(l.middles), strings.Fields(l.codas)
	s := sequence(0, wordSequence, number)
	var b strings.Builder
	for len(list) < vocabularySize {
		b.Reset()
		for range 1 + s.Below(3) {
			b.WriteString(splitmix.Pick(&s, onsets))
			b.WriteString(splitmix.Pick(&s, middles))
		}
		if coda := splitmix.Pick(&s, codas); coda != "_" {
			b.WriteString(coda)
		}
		if w := b.String(); !seen[w] {
			seen[w] = true
			list = append(list, w)
		}
	}
	return list
}

// hashtagCount is how many hashtags there are.
const hashtagCount = 2000

// newHashtags makes the hashtags by frequency: some that people use, then pairs
// of words.
func newHashtags(vs []vocabulary) []string {
	list := strings.Fields("news MTVStars love Election2016 RT music 選挙 NowPlaying photo golang Trump art travel football " +
		"拡散希望 food fashion 방탄소년단 nature AI BTS job Debate2016 WorldSeries ラーメン BigData happy kafka gameinsight style " +
		"beautiful soccer 猫 SQL startup health Brexit climate coffee MondayMotivation TBT anime 地震 opensource streaming cats " +
		"فوتبول السعودية dogs weather traffic")
	seen := make(map[string]bool, hashtagCount)
	for _, t := range list {
		seen[t] = true
	}
	s := sequence(0, wordSequence, uint64(len(vs)))
	for len(list) < hashtagCount {
		v := vs[0]
		if s.Percent(30) {
			v = vs[s.Below(len(vs))]
		}
		t := hashtagWord(v.list[s.Below(600)]) + hashtagWord(v.list[s.Below(600)])
		if t != "" && !seen[t] {
			seen[t] = true
			list = append(list, t)
		}
	}
	return list
}

// hashtagWord is w as a part of a hashtag: no apostrophes, a capital in front.
func hashtagWord(w string) string {
	w = strings.ReplaceAll(w, "'", "")
	if w != "" && w[0] >= 'a' && w[0] <= 'z' {
		return string(w[0]-'a'+'A') + w[1:]
	}
	return w
}
