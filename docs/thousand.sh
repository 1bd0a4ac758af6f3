#!/bin/sh
# Prints 1,000 standing queries for docs/performance.md: 400 keywords, 200 hashtags, 200 languages with a range of
# followers, 100 keywords in any case, 50 of two keywords, 40 grouped, 10 by the minute.
awk 'BEGIN {
	q = "\047"
	split("al be co da en fi go ha in ju ka la me no or pa re sa ti un", syllable, " ")
	split("en ja es pt ar th ko tr fr id de ru it nl", lang, " ")
	for (i = 0; i < 1000; i++) {
		word = syllable[i % 20 + 1] syllable[int(i / 20) % 20 + 1]
		if (i < 400) query = "count(*) AS n FROM tweets WHERE text CONTAINS " q word q
		else if (i < 600) query = "count(*) AS n FROM tweets WHERE " q word q " = ANY(hashtags)"
		else if (i < 800) query = "count(*) AS n, avg(user.followers_count) AS f FROM tweets WHERE lang = " q lang[i % 14 + 1] q \
			" AND user.followers_count BETWEEN " i * 5 " AND " i * 50
		else if (i < 900) query = "count(*) AS n FROM tweets WHERE text ICONTAINS " q word q
		else if (i < 950) query = "count(*) AS n FROM tweets WHERE text CONTAINS " q word q " OR text CONTAINS " q "x" word q
		else if (i < 990) query = "lang, count(*) AS n FROM tweets WHERE text CONTAINS " q word q " GROUP BY lang"
		else query = "window_start, count(*) AS n FROM TUMBLE(tweets, created_at, INTERVAL " q "1" q " MINUTE) WHERE text CONTAINS " \
			q word q " GROUP BY window_start"
		print "SELECT " query ";"
	}
}'
