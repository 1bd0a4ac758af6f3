package kafka

import "context"

// Open returns a Reader of all that the topic holds, from its start on, and where each
// partition ends now (see [Admin.Ends]).
func (a *Admin) Open(ctx context.Context, topic string) (*Reader, map[int32]int64, error) {
	starts, err := a.Starts(ctx, topic)
	if err != nil {
		return nil, nil, err
	}
	ends, err := a.Ends(ctx, topic)
	if err != nil {
		return nil, nil, err
	}
	r, err := NewReader(a.cfg, topic, starts)
	if err != nil {
		return nil, nil, err
	}
	return r, ends, nil
}

// ReadAll hands every record to fn that the topic has now, those that come meanwhile
// in part. Control records are among them. An error of fn stops it.
func (a *Admin) ReadAll(ctx context.Context, topic string, fn func(*Record) error) error {
	r, ends, err := a.Open(ctx, topic)
	if err != nil {
		return err
	}
	defer r.Close()
	return r.ReadTo(ctx, ends, fn)
}

// Follow hands every record to fn that the topic has and gets, control records among them,
// until ctx ends, whose error it then returns, or fn has an error. It calls whole when all
// has been read that there was at the beginning, and from then on whenever what has
// come has been handed over.
func (a *Admin) Follow(ctx context.Context, topic string, fn func(*Record) error, whole func()) error {
	r, ends, err := a.Open(ctx, topic)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := r.ReadTo(ctx, ends, fn); err != nil {
		return err
	}
	for {
		whole()
		records, err := r.Poll(ctx)
		if err != nil {
			return err
		}
		for i := range records {
			if err := fn(&records[i]); err != nil {
				return err
			}
		}
	}
}
