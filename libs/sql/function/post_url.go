package function

import (
	"strings"
	"unicode/utf8"
)

func urls(text string) []string {
	var found []string
	for at := 0; at < len(text) && len(found) <= MaxElems; {
		next := strings.IndexAny(text[at:], "hH")
		if next < 0 {
			break
		}
		at += next
		end := urlAt(text, at)
		if end == at {
			at++
			continue
		}
		found = append(found, text[at:end])
		at = end
	}
	return found
}

// urlAt returns where the address ends that begins at a place of the text; the
// place itself if none does.
func urlAt(text string, at int) int {
	if c := text[at]; c != 'h' && c != 'H' {
		return at
	}
	rest := text[at:]
	scheme := 0
	for _, s := range []string{"https://", "http://"} {
		if len(rest) > len(s) && strings.EqualFold(rest[:len(s)], s) {
			scheme = len(s)
			break
		}
	}
	if scheme == 0 {
		return at
	}
	if before, _ := utf8.DecodeLastRuneInString(text[:at]); at > 0 && (nameRune(before) || strings.ContainsRune("@＠$#＃", before)) {
		return at
	}
	if c := rest[scheme]; !alphanumeric(c) {
		return at
	}
	end := scheme
	for end < len(rest) && (alphanumeric(rest[end]) || strings.IndexByte("-._~:/?#[]@!$&'()*+,;=%|", rest[end]) >= 0) {
		end++
	}
	return at + len(trimURL(rest[:end]))
}

func alphanumeric(c byte) bool { return nameRune(rune(c)) && c != '_' }

// trimURL leaves punctuation at the end of an address to the sentence around it.
func trimURL(url string) string {
	opened := strings.Count(url, "(") - strings.Count(url, ")")
	for {
		switch last := url[len(url)-1]; {
		case strings.IndexByte(".,;:!?'[]*|", last) >= 0:
		case last == ')' && opened < 0:
			opened++
		case last == '(':
			opened--
		default:
			return url
		}
		url = url[:len(url)-1]
	}
}
