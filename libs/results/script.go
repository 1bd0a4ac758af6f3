package results

import (
	"context"
	_ "embed" // for the scripts
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

//go:embed take.lua
var takeSource string

//go:embed apply.lua
var applySource string

// run evaluates a script by its hash, and by its text where the server does not
// know it yet, and returns the script's answer as words.
func run(ctx context.Context, rdb redis.UniversalClient, s *redis.Script, keys []string, args []any) ([]string, error) {
	reply, err := s.EvalSha(ctx, rdb, keys, args...).StringSlice()
	if err != nil && redis.HasErrorPrefix(err, "NOSCRIPT") {
		reply, err = s.Eval(ctx, rdb, keys, args...).StringSlice()
	}
	if err != nil {
		return nil, classify(err)
	}
	if len(reply) == 0 {
		return nil, errors.New("a script of the results answered nothing")
	}
	return reply, nil
}

// failure turns the first word of a script's answer into an error; nil for
// success.
func failure(reply []string) error {
	detail := ""
	if len(reply) > 1 {
		detail = reply[1]
	}
	switch reply[0] {
	case "OK", "ACK":
		return nil
	case "FENCED":
		return fmt.Errorf("%w (token %s)", ErrFenced, detail)
	case "LOST":
		return fmt.Errorf("%w: %s", ErrLost, detail)
	case "BEHIND":
		return fmt.Errorf("%w: %s", ErrBehind, detail)
	default:
		return fmt.Errorf("a script of the results answered %q", reply)
	}
}
