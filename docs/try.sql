-- Three standing queries over one pass of the stream.

-- name: languages
SELECT lang, count(*) AS posts, avg(user.followers_count) AS followers
FROM tweets
GROUP BY lang
ORDER BY posts DESC
LIMIT 5;

-- name: coffee
SELECT count(*) AS posts
FROM tweets
WHERE text CONTAINS 'coffee' AND NOT is_retweet;

-- name: per_minute
SELECT window_start, count(*) AS posts, max(retweet_count) AS most_retweeted
FROM TABLE(TUMBLE(TABLE tweets, DESCRIPTOR(created_at), INTERVAL '1' MINUTE))
WHERE 'news' = ANY(hashtags)
GROUP BY window_start
EMIT FINAL;
