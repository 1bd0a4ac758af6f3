package function

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/millrace/millrace/libs/record"
)

func codes() []Scalar {
	return []Scalar{
		stringFunc("ascii", "The number of the first code point; 0 of ''.", []Example{{"'日'", "26085"}},
			on("(text VARCHAR) BIGINT", measured(func(s string) int {
				r, size := utf8.DecodeRuneInString(s)
				if size == 0 {
					return 0
				}
				return int(r)
			}))),
		fails(stringFunc("chr", "The code point with the number. 0, surrogates and numbers beyond Unicode are errors.", []Example{{"26085", "'日'"}},
			on("(n BIGINT) VARCHAR", func(a []record.Value) (record.Value, error) {
				n := a[0].Int()
				if n < 1 || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
					return record.Value{}, fmt.Errorf("%d is not the number of a code point", n)
				}
				return record.Text(string(rune(n))), nil
			}))),
		stringFunc("md5", "The MD5 hash of the UTF-8 bytes, in hexadecimal.", []Example{{"'abc'", "'900150983cd24fb0d6963f7d28e17f72'"}},
			on("(text VARCHAR) VARCHAR", mapped(func(s string) string {
				h := md5.Sum([]byte(s))
				return hex.EncodeToString(h[:])
			}))),
		stringFunc("sha256", "The SHA-256 hash of the UTF-8 bytes, in hexadecimal.",
			[]Example{{"''", "'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'"}},
			on("(text VARCHAR) VARCHAR", mapped(func(s string) string {
				h := sha256.Sum256([]byte(s))
				return hex.EncodeToString(h[:])
			}))),
		stringFunc("to_hex", "The number in hexadecimal, a negative one as its 64 bits.", []Example{{"255", "'ff'"}, {"-1", "'ffffffffffffffff'"}},
			on("(n BIGINT) VARCHAR", func(a []record.Value) (record.Value, error) {
				return record.Text(strconv.FormatUint(uint64(a[0].Int()), 16)), nil
			})),
		fails(stringFunc("encode", "The UTF-8 bytes in `'hex'` or `'base64'`.", []Example{{"'abc', 'base64'", "'YWJj'"}, {"'abc', 'hex'", "'616263'"}},
			on("(text VARCHAR, format VARCHAR) VARCHAR", func(a []record.Value) (record.Value, error) {
				switch strings.ToLower(a[1].Str()) {
				case "hex":
					return bounded(hex.EncodeToString([]byte(a[0].Str())))
				case "base64":
					return bounded(base64.StdEncoding.EncodeToString([]byte(a[0].Str())))
				default:
					return record.Value{}, unknownEncoding(a[1].Str())
				}
			}))),
		fails(stringFunc("decode", "What `encode` has written. Anything else is an error, and bytes that are not UTF-8 are one.", []Example{{"'YWJj', 'base64'", "'abc'"}, {"'xy', 'hex'", "ERROR: the text is not hex"}},
			on("(text VARCHAR, format VARCHAR) VARCHAR", func(a []record.Value) (record.Value, error) {
				var b []byte
				var err error
				switch format := strings.ToLower(a[1].Str()); format {
				case "hex":
					b, err = hex.DecodeString(a[0].Str())
				case "base64":
					b, err = base64.StdEncoding.DecodeString(a[0].Str())
				default:
					return record.Value{}, unknownEncoding(a[1].Str())
				}
				if err != nil {
					return record.Value{}, fmt.Errorf("the text is not %s", strings.ToLower(a[1].Str()))
				}
				if !utf8.Valid(b) {
					return record.Value{}, errors.New("the decoded bytes are not UTF-8")
				}
				return record.Text(string(b)), nil
			}))),
	}
}

func unknownEncoding(name string) error {
	return fmt.Errorf("unknown encoding %q: expected hex or base64", abbreviated(name))
}

// abbreviated shortens what an error shows of the data, and makes it UTF-8.
func abbreviated(s string) string {
	const most = 40
	s = strings.ToValidUTF8(s, "\uFFFD")
	if short := first(s, most); short != s {
		return short + "…"
	}
	return s
}
