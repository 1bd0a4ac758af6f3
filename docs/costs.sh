#!/bin/sh
# Prints the standing queries that default costs were found with (docs/operations.md, EXPLAIN), 1,000 of one kind:
#
#   docs/costs.sh rows > rows.sql; millrace bench scan --queries 1,1000 --sql rows.sql
#
# groups, aggregates, rows: over 1,000 ranges of followers, so that a tweet satisfies about 20 of them.
# dense: conditions that no index answers. columns: two queries, of which the second reads eight columns more.
awk -v kind="${1:?kind: groups, aggregates, rows, dense or columns}" 'BEGIN {
	q = "\047"
	if (kind == "columns") {
		print "SELECT count(*) AS n FROM tweets WHERE lang = " q "zz" q ";"
		print "SELECT max(user.followers_count) AS a, max(retweet_count) AS b, max(favorite_count) AS c, max(user.friends_count) AS d,"
		print "max(user.statuses_count) AS e, min(text) AS f, min(source) AS g, max(id) AS h FROM tweets WHERE lang = " q "zz" q ";"
		exit
	}
	for (i = 0; i < 1000; i++) {
		where = " FROM tweets WHERE user.followers_count > " i * 100
		if (kind == "groups") query = "lang, count(*) AS n" where " GROUP BY lang"
		else if (kind == "aggregates") query = "sum(retweet_count) AS s" where
		else if (kind == "rows") query = "id, lang" where
		else if (kind == "dense") query = "count(*) AS n FROM tweets WHERE NOT text CONTAINS " q "nowhere" i q
		else exit 2
		print "SELECT " query ";"
	}
}'
