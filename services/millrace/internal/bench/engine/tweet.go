package engine

import (
	"fmt"
	"time"

	"github.com/segmentio/encoding/json"

	"github.com/millrace/millrace/libs/exec/scan"
	"github.com/millrace/millrace/libs/jsonscan"
	"github.com/millrace/millrace/libs/record"
)

// tweet is a v1.1 tweet, as a program that decodes into a struct declares it: the
// fields that queries can name, and no others. Strings point into the document.
type tweet struct {
	ID               *int64    `json:"id"`
	IDStr            *string   `json:"id_str"`
	CreatedAt        *string   `json:"created_at"`
	Text             *string   `json:"text"`
	FullText         *string   `json:"full_text"`
	Extended         *extended `json:"extended_tweet"`
	Lang             *string   `json:"lang"`
	Source           *string   `json:"source"`
	User             *author   `json:"user"`
	Entities         *entities `json:"entities"`
	RetweetCount     *int64    `json:"retweet_count"`
	FavoriteCount    *int64    `json:"favorite_count"`
	RetweetedStatus  *struct{} `json:"retweeted_status"`
	InReplyToID      *int64    `json:"in_reply_to_status_id"`
	InReplyToIDStr   *string   `json:"in_reply_to_status_id_str"`
	Place            *location `json:"place"`
	IsRetweetAlready *bool     `json:"is_retweet"`
	IsReplyAlready   *bool     `json:"is_reply"`
}

type extended struct {
	FullText *string   `json:"full_text"`
	Entities *entities `json:"entities"`
}

type author struct {
	ID        *int64  `json:"id"`
	IDStr     *string `json:"id_str"`
	Screen    *string `json:"screen_name"`
	Name      *string `json:"name"`
	Location  *string `json:"location"`
	Followers *int64  `json:"followers_count"`
	Friends   *int64  `json:"friends_count"`
	Statuses  *int64  `json:"statuses_count"`
	Verified  *bool   `json:"verified"`
}

type entities struct {
	Hashtags []*struct {
		Text *string `json:"text"`
		Tag  *string `json:"tag"`
	} `json:"hashtags"`
	Mentions []*struct {
		Screen *string `json:"screen_name"`
	} `json:"user_mentions"`
	URLs []*struct {
		Expanded *string `json:"expanded_url"`
		URL      *string `json:"url"`
	} `json:"urls"`
}

type location struct {
	Country *string `json:"country_code"`
	Name    *string `json:"full_name"`
}

// structDecoding decodes into a tweet with segmentio/encoding and lays its fields
// into columns, so that both engines run the same closures: beside the decode that
// costs next to nothing.
func structDecoding() source {
	return source{"struct", func(s *scan.Stream) (documentDecoder, error) {
		d := &structDecoder{}
		for _, f := range s.Schema.Fields {
			put := putters()[f.Name]
			if put == nil {
				return nil, fmt.Errorf("the engine segmentio reads v1.1 tweets and has no column %s", f.Name)
			}
			d.put = append(d.put, put)
		}
		return d, nil
	}}
}

// structDecoder is a documentDecoder.
type structDecoder struct {
	put []putter // by column
}

func (d *structDecoder) Fallbacks() int64 { return 0 }

func (d *structDecoder) Decode(doc []byte, into *record.Batch) error {
	var t tweet
	rest, err := json.Parse(doc, &t, json.DontCopyString|json.DontMatchCaseInsensitiveStructFields)
	if err != nil {
		return &jsonscan.DocumentError{Reason: err.Error()}
	}
	if len(rest) > 0 {
		return &jsonscan.DocumentError{Offset: len(doc) - len(rest), Reason: "something follows the document"}
	}
	for i, put := range d.put {
		put(&t, &into.Columns[i])
	}
	at := int64(record.NoEventTime)
	if v, ok := createdAt(&t); ok {
		at = v / 1000
	}
	into.EndRow(at)
	return nil
}

// createdAt returns the time of a tweet in nanoseconds.
func createdAt(t *tweet) (int64, bool) {
	if t.CreatedAt == nil {
		return 0, false
	}
	for _, layout := range []string{time.RubyDate, time.RFC3339} {
		if at, err := time.Parse(layout, *t.CreatedAt); err == nil {
			return at.UnixNano(), true
		}
	}
	return 0, false
}
