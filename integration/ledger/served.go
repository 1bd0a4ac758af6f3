package ledger

import (
	"context"
	"fmt"
	"net/http"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/wire"
)

// Served checks that presentation, however often it was killed, shows the same
// queries.
func (c *Checker) Served(ctx context.Context, t Reporter) {
	t.Helper()
	for _, q := range c.Queries {
		Eventually(ctx, t, "presentation to show query "+q.ID, func() (bool, error) {
			var shown struct {
				Epoch int64  `json:"epoch"`
				State string `json:"state"`
			}
			code, err := get(ctx, c.Base+"/v1/queries/"+q.ID, &shown)
			if err != nil || code != http.StatusOK {
				return false, nil // it may be starting
			}
			return shown.Epoch == q.Epoch && shown.State == string(wire.Live), nil
		})
	}
}

func get(ctx context.Context, url string, into any) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return 0, fmt.Errorf("GET %s: %w", url, err)
	}
	return resp.StatusCode, nil
}
