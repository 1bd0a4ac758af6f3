-- Two hundred standing queries over the stream of tweets: what `millrace demo` runs.
-- All of them are answered by one pass over the stream. To submit them to another
-- Millrace: millrace query submit -f samples.sql
--
-- A comment `owner:` or `labels:` holds for the queries below it, until the next.

-- The pulse of the stream.
-- owner: newsroom
-- labels: topic=pulse

-- name: pulse-posts
SELECT count(*) AS posts FROM tweets;

-- name: pulse-posts-per-10s
SELECT window_start, count(*) AS posts
FROM TUMBLE(tweets, created_at, INTERVAL '10' SECOND)
GROUP BY window_start;

-- name: pulse-posts-per-minute
SELECT window_start, count(*) AS posts, avg(user.followers_count) AS followers
FROM TUMBLE(tweets, created_at, INTERVAL '1' MINUTE)
GROUP BY window_start;

-- name: pulse-languages
SELECT lang, count(*) AS posts, avg(user.followers_count) AS followers
FROM tweets
GROUP BY lang;

-- name: pulse-top-languages
SELECT lang, count(*) AS posts
FROM tweets
GROUP BY lang
ORDER BY posts DESC
LIMIT 5;

-- name: pulse-languages-per-30s
SELECT window_start, lang, count(*) AS posts
FROM TUMBLE(tweets, created_at, INTERVAL '30' SECOND)
WHERE lang IN ('en', 'ja', 'es', 'ar', 'pt', 'ko')
GROUP BY window_start, lang;

-- name: pulse-clients
SELECT source, count(*) AS posts
FROM tweets
GROUP BY source;

-- name: pulse-countries
SELECT place.country_code, count(*) AS posts
FROM tweets
WHERE place.country_code IS NOT NULL
GROUP BY place.country_code;

-- name: pulse-cities
SELECT place.full_name AS city, place.country_code AS country, count(*) AS posts
FROM tweets
WHERE place.full_name IS NOT NULL
GROUP BY place.full_name, place.country_code
ORDER BY posts DESC
LIMIT 10;

-- name: pulse-retweets-and-originals
SELECT is_retweet, count(*) AS posts, max(retweet_count) AS most
FROM tweets
GROUP BY is_retweet;

-- name: pulse-replies
SELECT is_reply, count(*) AS posts
FROM tweets
GROUP BY is_reply;

-- name: pulse-verified
SELECT user.verified, count(*) AS posts, avg(favorite_count) AS likes
FROM tweets
GROUP BY user.verified;

-- name: pulse-first-and-last
SELECT min(created_at) AS first, max(created_at) AS last, count(*) AS posts
FROM tweets;

-- name: pulse-reach
SELECT sum(user.followers_count) AS impressions, count(*) AS posts
FROM tweets;

-- name: pulse-without-language
SELECT count(*) AS posts
FROM tweets
WHERE lang = 'und' OR lang IS NULL;

-- name: pulse-unnoticed
SELECT count(*) AS posts
FROM tweets
WHERE retweet_count = 0 AND favorite_count = 0;

-- name: pulse-viral
SELECT created_at, user.screen_name, retweet_count AS retweets, text
FROM tweets
WHERE retweet_count > 2000 AND NOT is_retweet;

-- Who is heard.
-- owner: research
-- labels: topic=people

-- name: people-busiest
SELECT user.screen_name AS who, count(*) AS posts
FROM tweets
GROUP BY user.screen_name
ORDER BY posts DESC
LIMIT 10;

-- name: people-most-followed
SELECT user.screen_name AS who, max(user.followers_count) AS followers, count(*) AS posts
FROM tweets
WHERE user.followers_count > 100000
GROUP BY user.screen_name
ORDER BY followers DESC
LIMIT 10;

-- name: people-most-retweeted-posts
SELECT id, user.screen_name AS who, retweet_count AS retweets, text
FROM tweets
WHERE NOT is_retweet
ORDER BY retweets DESC, id
LIMIT 10;

-- name: people-most-liked-posts
SELECT id, user.screen_name AS who, favorite_count AS likes, text
FROM tweets
WHERE NOT is_retweet
ORDER BY likes DESC, id
LIMIT 10;

-- name: people-verified-voices
SELECT created_at, user.screen_name, user.followers_count AS followers, text
FROM tweets
WHERE user.verified AND NOT is_retweet;

-- name: people-newcomers
SELECT lang, count(*) AS posts
FROM tweets
WHERE user.followers_count < 50
GROUP BY lang;

-- name: people-small-accounts
SELECT count(*) AS posts, avg(retweet_count) AS retweets, max(user.statuses_count) AS most_active
FROM tweets
WHERE user.followers_count BETWEEN 0 AND 99;

-- name: people-medium-accounts
SELECT count(*) AS posts, avg(retweet_count) AS retweets, max(user.statuses_count) AS most_active
FROM tweets
WHERE user.followers_count BETWEEN 100 AND 999;

-- name: people-large-accounts
SELECT count(*) AS posts, avg(retweet_count) AS retweets, max(user.statuses_count) AS most_active
FROM tweets
WHERE user.followers_count BETWEEN 1000 AND 9999;

-- name: people-huge-accounts
SELECT count(*) AS posts, avg(retweet_count) AS retweets, max(user.statuses_count) AS most_active
FROM tweets
WHERE user.followers_count BETWEEN 10000 AND 99999;

-- name: people-more-followed-than-following
SELECT lang, count(*) AS posts
FROM tweets
WHERE user.followers_count > user.friends_count
GROUP BY lang
HAVING count(*) > 10;

-- name: people-locations
SELECT user.location AS location, count(*) AS posts
FROM tweets
WHERE user.location IS NOT NULL
GROUP BY user.location
ORDER BY posts DESC
LIMIT 10;

-- name: people-busiest-per-minute
SELECT window_start, user.screen_name AS who, count(*) AS posts
FROM TUMBLE(tweets, created_at, INTERVAL '1' MINUTE)
GROUP BY window_start, user.screen_name
ORDER BY posts DESC
LIMIT 5;

-- The election desk.
-- owner: politics
-- labels: topic=election desk=washington

-- name: election-trump
SELECT count(*) AS posts, avg(retweet_count) AS retweets, sum(user.followers_count) AS reach
FROM tweets
WHERE text ICONTAINS 'trump';

-- name: election-trump-by-language
SELECT lang, count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'trump'
GROUP BY lang;

-- name: election-trump-per-30s
SELECT window_start, count(*) AS posts
FROM TUMBLE(tweets, created_at, INTERVAL '30' SECOND)
WHERE text ICONTAINS 'trump'
GROUP BY window_start;

-- name: election-hillary
SELECT count(*) AS posts, avg(retweet_count) AS retweets, sum(user.followers_count) AS reach
FROM tweets
WHERE text ICONTAINS 'hillary';

-- name: election-hillary-by-language
SELECT lang, count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'hillary'
GROUP BY lang;

-- name: election-hillary-per-30s
SELECT window_start, count(*) AS posts
FROM TUMBLE(tweets, created_at, INTERVAL '30' SECOND)
WHERE text ICONTAINS 'hillary'
GROUP BY window_start;

-- name: election-clinton
SELECT count(*) AS posts, avg(retweet_count) AS retweets, sum(user.followers_count) AS reach
FROM tweets
WHERE text ICONTAINS 'clinton';

-- name: election-clinton-by-language
SELECT lang, count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'clinton'
GROUP BY lang;

-- name: election-clinton-per-30s
SELECT window_start, count(*) AS posts
FROM TUMBLE(tweets, created_at, INTERVAL '30' SECOND)
WHERE text ICONTAINS 'clinton'
GROUP BY window_start;

-- name: election-obama
SELECT count(*) AS posts, avg(retweet_count) AS retweets, sum(user.followers_count) AS reach
FROM tweets
WHERE text ICONTAINS 'obama';

-- name: election-obama-by-language
SELECT lang, count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'obama'
GROUP BY lang;

-- name: election-obama-per-30s
SELECT window_start, count(*) AS posts
FROM TUMBLE(tweets, created_at, INTERVAL '30' SECOND)
WHERE text ICONTAINS 'obama'
GROUP BY window_start;

-- name: election-both-candidates
SELECT created_at, user.screen_name, text
FROM tweets
WHERE text ICONTAINS 'trump' AND text ICONTAINS 'hillary';

-- name: election-either-candidate
SELECT is_retweet, count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'trump' OR text ICONTAINS 'hillary'
GROUP BY is_retweet;

-- name: election-debate-night
SELECT window_start, lang, count(*) AS posts
FROM TUMBLE(tweets, created_at, INTERVAL '1' MINUTE)
WHERE text ICONTAINS 'debate' OR 'Debate2016' = ANY(hashtags)
GROUP BY window_start, lang
HAVING count(*) > 2;

-- name: election-words-of-the-verified
SELECT created_at, user.screen_name, user.followers_count AS followers, text
FROM tweets
WHERE user.verified AND (text ICONTAINS 'vote' OR text ICONTAINS 'election' OR text ICONTAINS 'president');

-- name: election-loudest-on-trump
SELECT user.screen_name AS who, count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'trump'
GROUP BY user.screen_name
ORDER BY posts DESC
LIMIT 10;

-- name: election-loudest-on-hillary
SELECT user.screen_name AS who, count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'hillary'
GROUP BY user.screen_name
ORDER BY posts DESC
LIMIT 10;

-- name: election-most-shared
SELECT id, user.screen_name AS who, retweet_count AS retweets, text
FROM tweets
WHERE text ICONTAINS 'election' AND NOT is_retweet
ORDER BY retweets DESC, id
LIMIT 10;

-- name: election-in-es
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE lang = 'es' AND text CONTAINS 'elecciones';

-- name: election-in-pt
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE lang = 'pt' AND text CONTAINS 'eleição';

-- name: election-in-fr
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE lang = 'fr' AND text CONTAINS 'élection';

-- name: election-in-ja
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE lang = 'ja' AND text CONTAINS '選挙';

-- name: election-in-ko
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE lang = 'ko' AND text CONTAINS '선거';

-- name: election-in-tr
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE lang = 'tr' AND text CONTAINS 'seçim';

-- name: election-in-ru
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE lang = 'ru' AND text CONTAINS 'выборы';

-- name: election-in-de
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE lang = 'de' AND text CONTAINS 'Wahl';

-- name: election-in-id
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE lang = 'id' AND text CONTAINS 'pemilu';

-- name: election-in-th
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE lang = 'th' AND text CONTAINS 'เลือกตั้ง';

-- name: election-in-zh
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE lang = 'zh' AND text CONTAINS '选举';

-- name: election-in-ar
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE lang = 'ar' AND text CONTAINS 'رئيس';

-- Hashtags, counted and followed.
-- owner: social
-- labels: topic=hashtags

-- name: tag-news
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE 'news' = ANY(hashtags);

-- name: tag-MTVStars
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE 'MTVStars' = ANY(hashtags);

-- name: tag-love
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE 'love' = ANY(hashtags);

-- name: tag-Election2016
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE 'Election2016' = ANY(hashtags);

-- name: tag-RT
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE 'RT' = ANY(hashtags);

-- name: tag-music
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE 'music' = ANY(hashtags);

-- name: tag-NowPlaying
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE 'NowPlaying' = ANY(hashtags);

-- name: tag-photo
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE 'photo' = ANY(hashtags);

-- name: tag-golang
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE 'golang' = ANY(hashtags);

-- name: tag-Trump
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE 'Trump' = ANY(hashtags);

-- name: tag-art
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE 'art' = ANY(hashtags);

-- name: tag-travel
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE 'travel' = ANY(hashtags);

-- name: tag-football
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE 'football' = ANY(hashtags);

-- name: tag-food
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE 'food' = ANY(hashtags);

-- name: tag-fashion
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE 'fashion' = ANY(hashtags);

-- name: tag-nature
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE 'nature' = ANY(hashtags);

-- name: tag-AI
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE 'AI' = ANY(hashtags);

-- name: tag-BTS
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE 'BTS' = ANY(hashtags);

-- name: tag-job
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE 'job' = ANY(hashtags);

-- name: tag-WorldSeries
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE 'WorldSeries' = ANY(hashtags);

-- name: tag-BigData
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE 'BigData' = ANY(hashtags);

-- name: tag-happy
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE 'happy' = ANY(hashtags);

-- name: tag-kafka
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE 'kafka' = ANY(hashtags);

-- name: tag-soccer
SELECT count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE 'soccer' = ANY(hashtags);

-- name: tag-news-by-language
SELECT lang, count(*) AS posts
FROM tweets
WHERE 'news' = ANY(hashtags)
GROUP BY lang;

-- name: tag-music-by-language
SELECT lang, count(*) AS posts
FROM tweets
WHERE 'music' = ANY(hashtags)
GROUP BY lang;

-- name: tag-love-by-language
SELECT lang, count(*) AS posts
FROM tweets
WHERE 'love' = ANY(hashtags)
GROUP BY lang;

-- name: tag-BTS-by-language
SELECT lang, count(*) AS posts
FROM tweets
WHERE 'BTS' = ANY(hashtags)
GROUP BY lang;

-- name: tag-golang-by-language
SELECT lang, count(*) AS posts
FROM tweets
WHERE 'golang' = ANY(hashtags)
GROUP BY lang;

-- name: tag-SQL-by-language
SELECT lang, count(*) AS posts
FROM tweets
WHERE 'SQL' = ANY(hashtags)
GROUP BY lang;

-- name: tag-news-per-minute
SELECT window_start, count(*) AS posts
FROM TUMBLE(tweets, created_at, INTERVAL '1' MINUTE)
WHERE 'news' = ANY(hashtags)
GROUP BY window_start;

-- name: tag-love-per-minute
SELECT window_start, count(*) AS posts
FROM TUMBLE(tweets, created_at, INTERVAL '1' MINUTE)
WHERE 'love' = ANY(hashtags)
GROUP BY window_start;

-- name: tag-MTVStars-per-minute
SELECT window_start, count(*) AS posts
FROM TUMBLE(tweets, created_at, INTERVAL '1' MINUTE)
WHERE 'MTVStars' = ANY(hashtags)
GROUP BY window_start;

-- name: tag-Election2016-per-minute
SELECT window_start, count(*) AS posts
FROM TUMBLE(tweets, created_at, INTERVAL '1' MINUTE)
WHERE 'Election2016' = ANY(hashtags)
GROUP BY window_start;

-- name: tag-climate-or-health-posts
SELECT created_at, user.screen_name, lang, text
FROM tweets
WHERE 'climate' = ANY(hashtags) OR 'health' = ANY(hashtags);

-- name: tag-engineering-posts
SELECT created_at, user.screen_name, hashtags, text
FROM tweets
WHERE 'golang' = ANY(hashtags) OR 'kafka' = ANY(hashtags) OR 'SQL' = ANY(hashtags) OR 'BigData' = ANY(hashtags);

-- name: tag-japan
SELECT is_retweet, count(*) AS posts
FROM tweets
WHERE '選挙' = ANY(hashtags) OR 'ラーメン' = ANY(hashtags) OR '地震' = ANY(hashtags)
GROUP BY is_retweet;

-- name: tag-earthquake-watch
SELECT created_at, user.screen_name, user.location AS location, text
FROM tweets
WHERE '地震' = ANY(hashtags) OR text CONTAINS '地震';

-- A brand and its customers: who complains, about what, and how loud.
-- owner: brand-care
-- labels: team=brand topic=service

-- name: care-order
SELECT lang, count(*) AS posts, sum(user.followers_count) AS reach
FROM tweets
WHERE text ICONTAINS 'order' AND NOT is_retweet
GROUP BY lang;

-- name: care-delivery
SELECT lang, count(*) AS posts, sum(user.followers_count) AS reach
FROM tweets
WHERE text ICONTAINS 'delivery' AND NOT is_retweet
GROUP BY lang;

-- name: care-refund
SELECT lang, count(*) AS posts, sum(user.followers_count) AS reach
FROM tweets
WHERE text ICONTAINS 'refund' AND NOT is_retweet
GROUP BY lang;

-- name: care-broken
SELECT lang, count(*) AS posts, sum(user.followers_count) AS reach
FROM tweets
WHERE text ICONTAINS 'broken' AND NOT is_retweet
GROUP BY lang;

-- name: care-late
SELECT lang, count(*) AS posts, sum(user.followers_count) AS reach
FROM tweets
WHERE text ICONTAINS 'late' AND NOT is_retweet
GROUP BY lang;

-- name: care-customer
SELECT lang, count(*) AS posts, sum(user.followers_count) AS reach
FROM tweets
WHERE text ICONTAINS 'customer' AND NOT is_retweet
GROUP BY lang;

-- name: care-review
SELECT lang, count(*) AS posts, sum(user.followers_count) AS reach
FROM tweets
WHERE text ICONTAINS 'review' AND NOT is_retweet
GROUP BY lang;

-- name: care-brand
SELECT lang, count(*) AS posts, sum(user.followers_count) AS reach
FROM tweets
WHERE text ICONTAINS 'brand' AND NOT is_retweet
GROUP BY lang;

-- name: care-inbox
SELECT created_at, user.screen_name, user.followers_count AS followers, text
FROM tweets
WHERE (text ICONTAINS 'refund' OR text ICONTAINS 'broken') AND lang = 'en' AND NOT is_retweet;

-- name: care-loud-complaints
SELECT created_at, user.screen_name, user.followers_count AS followers, text
FROM tweets
WHERE (text ICONTAINS 'refund' OR text ICONTAINS 'broken' OR text ICONTAINS 'late') AND user.followers_count > 5000;

-- name: care-complaints-per-30s
SELECT window_start, count(*) AS posts
FROM TUMBLE(tweets, created_at, INTERVAL '30' SECOND)
WHERE text ICONTAINS 'refund' OR text ICONTAINS 'broken' OR text ICONTAINS 'late'
GROUP BY window_start;

-- name: care-alarm
SELECT window_start, count(*) AS complaints
FROM TUMBLE(tweets, created_at, INTERVAL '10' SECOND)
WHERE text ICONTAINS 'refund' OR text ICONTAINS 'broken'
GROUP BY window_start
HAVING count(*) > 8
EMIT FINAL;

-- name: care-open-questions
SELECT count(*) AS posts
FROM tweets
WHERE text LIKE '%help%' AND is_reply;

-- name: care-most-seen
SELECT id, user.screen_name AS who, user.followers_count AS followers, text
FROM tweets
WHERE text ICONTAINS 'service'
ORDER BY followers DESC, id
LIMIT 10;

-- Commuters: what keeps a city from moving.
-- owner: city-desk
-- labels: team=city topic=traffic

-- name: city-train
SELECT count(*) AS posts, max(created_at) AS latest
FROM tweets
WHERE text ICONTAINS 'train';

-- name: city-train-per-30s
SELECT window_start, count(*) AS posts
FROM TUMBLE(tweets, created_at, INTERVAL '30' SECOND)
WHERE text ICONTAINS 'train'
GROUP BY window_start;

-- name: city-delay
SELECT count(*) AS posts, max(created_at) AS latest
FROM tweets
WHERE text ICONTAINS 'delay';

-- name: city-delay-per-30s
SELECT window_start, count(*) AS posts
FROM TUMBLE(tweets, created_at, INTERVAL '30' SECOND)
WHERE text ICONTAINS 'delay'
GROUP BY window_start;

-- name: city-airport
SELECT count(*) AS posts, max(created_at) AS latest
FROM tweets
WHERE text ICONTAINS 'airport';

-- name: city-airport-per-30s
SELECT window_start, count(*) AS posts
FROM TUMBLE(tweets, created_at, INTERVAL '30' SECOND)
WHERE text ICONTAINS 'airport'
GROUP BY window_start;

-- name: city-flight
SELECT count(*) AS posts, max(created_at) AS latest
FROM tweets
WHERE text ICONTAINS 'flight';

-- name: city-flight-per-30s
SELECT window_start, count(*) AS posts
FROM TUMBLE(tweets, created_at, INTERVAL '30' SECOND)
WHERE text ICONTAINS 'flight'
GROUP BY window_start;

-- name: city-weather
SELECT count(*) AS posts, max(created_at) AS latest
FROM tweets
WHERE text ICONTAINS 'weather';

-- name: city-weather-per-30s
SELECT window_start, count(*) AS posts
FROM TUMBLE(tweets, created_at, INTERVAL '30' SECOND)
WHERE text ICONTAINS 'weather'
GROUP BY window_start;

-- name: city-rain
SELECT count(*) AS posts, max(created_at) AS latest
FROM tweets
WHERE text ICONTAINS 'rain';

-- name: city-rain-per-30s
SELECT window_start, count(*) AS posts
FROM TUMBLE(tweets, created_at, INTERVAL '30' SECOND)
WHERE text ICONTAINS 'rain'
GROUP BY window_start;

-- name: city-delays-where
SELECT place.full_name AS city, count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'delay' OR text ICONTAINS 'late'
GROUP BY place.full_name;

-- name: city-rain-in-many-languages
SELECT lang, count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'rain' OR text CONTAINS '雨' OR text ICONTAINS 'lluvia' OR text ICONTAINS 'chuva' OR text ICONTAINS 'pluie' OR text ICONTAINS 'yağmur' OR text ICONTAINS 'hujan' OR text ICONTAINS 'дождь'
GROUP BY lang;

-- name: city-reports
SELECT created_at, user.screen_name, place.full_name AS city, text
FROM tweets
WHERE (text ICONTAINS 'train' OR text ICONTAINS 'flight') AND text ICONTAINS 'delay';

-- name: city-london-and-manhattan
SELECT place.full_name AS city, lang, count(*) AS posts
FROM tweets
WHERE place.full_name ILIKE 'london%' OR place.full_name ILIKE 'manhattan%'
GROUP BY place.full_name, lang;

-- Sports, live.
-- owner: sports
-- labels: topic=sports

-- name: sports-football
SELECT count(*) AS posts, avg(favorite_count) AS likes
FROM tweets
WHERE text ICONTAINS 'football';

-- name: sports-baseball
SELECT count(*) AS posts, avg(favorite_count) AS likes
FROM tweets
WHERE text ICONTAINS 'baseball';

-- name: sports-game
SELECT count(*) AS posts, avg(favorite_count) AS likes
FROM tweets
WHERE text ICONTAINS 'game';

-- name: sports-goal
SELECT count(*) AS posts, avg(favorite_count) AS likes
FROM tweets
WHERE text ICONTAINS 'goal';

-- name: sports-score
SELECT count(*) AS posts, avg(favorite_count) AS likes
FROM tweets
WHERE text ICONTAINS 'score';

-- name: sports-team
SELECT count(*) AS posts, avg(favorite_count) AS likes
FROM tweets
WHERE text ICONTAINS 'team';

-- name: sports-goals-per-10s
SELECT window_start, count(*) AS posts
FROM TUMBLE(tweets, created_at, INTERVAL '10' SECOND)
WHERE text ICONTAINS 'goal' OR text ICONTAINS 'gol'
GROUP BY window_start;

-- name: sports-goal-by-language
SELECT lang, count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'gol'
GROUP BY lang;

-- name: sports-world-series
SELECT window_start, lang, count(*) AS posts
FROM TUMBLE(tweets, created_at, INTERVAL '1' MINUTE)
WHERE 'WorldSeries' = ANY(hashtags) OR text ICONTAINS 'baseball'
GROUP BY window_start, lang;

-- name: sports-commentary
SELECT created_at, user.screen_name, text
FROM tweets
WHERE text ICONTAINS 'game' AND (text ICONTAINS 'win' OR text ICONTAINS 'score');

-- name: sports-fans
SELECT user.screen_name AS who, count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'football' OR text ICONTAINS 'futbol' OR text ICONTAINS 'fútbol'
GROUP BY user.screen_name
ORDER BY posts DESC
LIMIT 10;

-- What people listen to, watch and eat.
-- owner: culture
-- labels: topic=culture

-- name: culture-music
SELECT lang, count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'music'
GROUP BY lang
ORDER BY posts DESC
LIMIT 5;

-- name: culture-movie
SELECT lang, count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'movie'
GROUP BY lang
ORDER BY posts DESC
LIMIT 5;

-- name: culture-album
SELECT lang, count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'album'
GROUP BY lang
ORDER BY posts DESC
LIMIT 5;

-- name: culture-song
SELECT lang, count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'song'
GROUP BY lang
ORDER BY posts DESC
LIMIT 5;

-- name: culture-tour
SELECT lang, count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'tour'
GROUP BY lang
ORDER BY posts DESC
LIMIT 5;

-- name: culture-video
SELECT lang, count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'video'
GROUP BY lang
ORDER BY posts DESC
LIMIT 5;

-- name: culture-coffee
SELECT count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'coffee' AND NOT is_retweet;

-- name: culture-pizza
SELECT count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'pizza' AND NOT is_retweet;

-- name: culture-beer
SELECT count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'beer' AND NOT is_retweet;

-- name: culture-lunch
SELECT count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'lunch' AND NOT is_retweet;

-- name: culture-dinner
SELECT count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'dinner' AND NOT is_retweet;

-- name: culture-coffee-around-the-world
SELECT lang, count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'coffee' OR text CONTAINS 'コーヒー' OR text ICONTAINS 'café' OR text CONTAINS 'قهوة' OR text CONTAINS '커피' OR text CONTAINS 'กาแฟ' OR text ICONTAINS 'kahve' OR text ICONTAINS 'kopi' OR text ICONTAINS 'кофе' OR text ICONTAINS 'Kaffee' OR text CONTAINS '咖啡'
GROUP BY lang;

-- name: culture-cats-and-dogs
SELECT lang, count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'cat' OR text ICONTAINS 'dog' OR text CONTAINS '猫' OR text CONTAINS '犬'
GROUP BY lang;

-- name: culture-bts
SELECT lang, count(*) AS posts, max(retweet_count) AS most_retweeted
FROM tweets
WHERE text CONTAINS '방탄소년단' OR 'BTS' = ANY(hashtags) OR '방탄소년단' = ANY(hashtags)
GROUP BY lang;

-- name: culture-now-playing
SELECT created_at, user.screen_name, text
FROM tweets
WHERE 'NowPlaying' = ANY(hashtags) AND NOT is_retweet;

-- name: culture-ramen
SELECT is_retweet, count(*) AS posts
FROM tweets
WHERE text CONTAINS 'ラーメン'
GROUP BY is_retweet;

-- name: culture-good-morning-per-minute
SELECT window_start, lang, count(*) AS posts
FROM TUMBLE(tweets, created_at, INTERVAL '1' MINUTE)
WHERE text ICONTAINS 'morning' OR text CONTAINS 'おはよう' OR text ICONTAINS 'mañana' OR text ICONTAINS 'sabah'
GROUP BY window_start, lang;

-- Moods.
-- owner: research
-- labels: topic=mood

-- name: mood-happy
SELECT count(*) AS posts, avg(user.followers_count) AS followers
FROM tweets
WHERE lang = 'en' AND text ICONTAINS 'happy';

-- name: mood-sad
SELECT count(*) AS posts, avg(user.followers_count) AS followers
FROM tweets
WHERE lang = 'en' AND text ICONTAINS 'sad';

-- name: mood-love
SELECT count(*) AS posts, avg(user.followers_count) AS followers
FROM tweets
WHERE lang = 'en' AND text ICONTAINS 'love';

-- name: mood-crazy
SELECT count(*) AS posts, avg(user.followers_count) AS followers
FROM tweets
WHERE lang = 'en' AND text ICONTAINS 'crazy';

-- name: mood-perfect
SELECT count(*) AS posts, avg(user.followers_count) AS followers
FROM tweets
WHERE lang = 'en' AND text ICONTAINS 'perfect';

-- name: mood-beautiful
SELECT count(*) AS posts, avg(user.followers_count) AS followers
FROM tweets
WHERE lang = 'en' AND text ICONTAINS 'beautiful';

-- name: mood-tired
SELECT count(*) AS posts, avg(user.followers_count) AS followers
FROM tweets
WHERE lang = 'en' AND text ICONTAINS 'tired';

-- name: mood-bored
SELECT count(*) AS posts, avg(user.followers_count) AS followers
FROM tweets
WHERE lang = 'en' AND text ICONTAINS 'bored';

-- name: mood-funny
SELECT count(*) AS posts, avg(user.followers_count) AS followers
FROM tweets
WHERE lang = 'en' AND text ICONTAINS 'funny';

-- name: mood-amazing
SELECT count(*) AS posts, avg(user.followers_count) AS followers
FROM tweets
WHERE lang = 'en' AND text ICONTAINS 'amazing';

-- name: mood-happy-or-sad
SELECT window_start, count(*) AS posts, avg(favorite_count) AS likes
FROM TUMBLE(tweets, created_at, INTERVAL '30' SECOND)
WHERE lang = 'en' AND (text ICONTAINS 'happy' OR text ICONTAINS 'sad')
GROUP BY window_start;

-- name: mood-birthdays
SELECT lang, count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'birthday' OR text CONTAINS '誕生日' OR text ICONTAINS 'cumpleaños' OR text ICONTAINS 'aniversário' OR text CONTAINS '생일' OR text ICONTAINS 'anniversaire'
GROUP BY lang;

-- name: mood-thanks
SELECT lang, count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'thank' OR text CONTAINS 'ありがとう' OR text ICONTAINS 'gracias' OR text ICONTAINS 'obrigado' OR text ICONTAINS 'merci' OR text ICONTAINS 'Danke' OR text ICONTAINS 'спасибо'
GROUP BY lang;

-- A market desk.
-- owner: markets
-- labels: team=trading topic=markets

-- name: market-stock
SELECT count(*) AS posts, max(user.followers_count) AS loudest
FROM tweets
WHERE text ICONTAINS 'stock';

-- name: market-price
SELECT count(*) AS posts, max(user.followers_count) AS loudest
FROM tweets
WHERE text ICONTAINS 'price';

-- name: market-market
SELECT count(*) AS posts, max(user.followers_count) AS loudest
FROM tweets
WHERE text ICONTAINS 'market';

-- name: market-per-10s
SELECT window_start, count(*) AS posts
FROM TUMBLE(tweets, created_at, INTERVAL '10' SECOND)
WHERE text ICONTAINS 'stock' OR text ICONTAINS 'price' OR text ICONTAINS 'market'
GROUP BY window_start;

-- name: market-voices
SELECT created_at, user.screen_name, user.followers_count AS followers, text
FROM tweets
WHERE (text ICONTAINS 'stock' OR text ICONTAINS 'market') AND user.followers_count >= 1000 AND NOT is_retweet;

-- name: market-big-accounts
SELECT user.screen_name AS who, max(user.followers_count) AS followers, count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'stock' OR text ICONTAINS 'price' OR text ICONTAINS 'market'
GROUP BY user.screen_name
ORDER BY followers DESC
LIMIT 10;

-- name: market-brexit
SELECT lang, count(*) AS posts
FROM tweets
WHERE text ICONTAINS 'brexit' OR 'Brexit' = ANY(hashtags)
GROUP BY lang;

-- Engineers, watching their own.
-- owner: platform
-- labels: team=platform topic=tech

-- name: tech-golang
SELECT count(*) AS posts, avg(retweet_count) AS retweets
FROM tweets
WHERE text ICONTAINS 'golang';

-- name: tech-kafka
SELECT count(*) AS posts, avg(retweet_count) AS retweets
FROM tweets
WHERE text ICONTAINS 'kafka';

-- name: tech-streaming
SELECT count(*) AS posts, avg(retweet_count) AS retweets
FROM tweets
WHERE text ICONTAINS 'streaming';

-- name: tech-query
SELECT count(*) AS posts, avg(retweet_count) AS retweets
FROM tweets
WHERE text ICONTAINS 'query';

-- name: tech-data
SELECT count(*) AS posts, avg(retweet_count) AS retweets
FROM tweets
WHERE text ICONTAINS 'data';

-- name: tech-battery
SELECT count(*) AS posts, avg(retweet_count) AS retweets
FROM tweets
WHERE text ICONTAINS 'battery';

-- name: tech-update
SELECT count(*) AS posts, avg(retweet_count) AS retweets
FROM tweets
WHERE text ICONTAINS 'update';

-- name: tech-posts
SELECT created_at, user.screen_name, text
FROM tweets
WHERE lang = 'en' AND (text ICONTAINS 'golang' OR text ICONTAINS 'kafka' OR text ICONTAINS 'streaming');

-- name: tech-open-source
SELECT lang, count(*) AS posts
FROM tweets
WHERE 'opensource' = ANY(hashtags) OR text ICONTAINS 'open source'
GROUP BY lang;

-- name: tech-links-from-bots
SELECT count(*) AS posts, max(created_at) AS latest
FROM tweets
WHERE source ILIKE '%ifttt%' AND urls IS NOT NULL;

-- One desk for each language.
-- owner: languages
-- labels: topic=languages

-- name: desk-en-reach
SELECT count(*) AS posts, sum(user.followers_count) AS reach, max(retweet_count) AS most_retweeted
FROM tweets
WHERE lang = 'en';

-- name: desk-ja-reach
SELECT count(*) AS posts, sum(user.followers_count) AS reach, max(retweet_count) AS most_retweeted
FROM tweets
WHERE lang = 'ja';

-- name: desk-es-reach
SELECT count(*) AS posts, sum(user.followers_count) AS reach, max(retweet_count) AS most_retweeted
FROM tweets
WHERE lang = 'es';

-- name: desk-ar-reach
SELECT count(*) AS posts, sum(user.followers_count) AS reach, max(retweet_count) AS most_retweeted
FROM tweets
WHERE lang = 'ar';

-- name: desk-pt-reach
SELECT count(*) AS posts, sum(user.followers_count) AS reach, max(retweet_count) AS most_retweeted
FROM tweets
WHERE lang = 'pt';

-- name: desk-ko-reach
SELECT count(*) AS posts, sum(user.followers_count) AS reach, max(retweet_count) AS most_retweeted
FROM tweets
WHERE lang = 'ko';

-- name: desk-fr-reach
SELECT count(*) AS posts, sum(user.followers_count) AS reach, max(retweet_count) AS most_retweeted
FROM tweets
WHERE lang = 'fr';

-- name: desk-th-reach
SELECT count(*) AS posts, sum(user.followers_count) AS reach, max(retweet_count) AS most_retweeted
FROM tweets
WHERE lang = 'th';

-- name: desk-tr-reach
SELECT count(*) AS posts, sum(user.followers_count) AS reach, max(retweet_count) AS most_retweeted
FROM tweets
WHERE lang = 'tr';

-- name: desk-id-reach
SELECT count(*) AS posts, sum(user.followers_count) AS reach, max(retweet_count) AS most_retweeted
FROM tweets
WHERE lang = 'id';

-- name: desk-ru-reach
SELECT count(*) AS posts, sum(user.followers_count) AS reach, max(retweet_count) AS most_retweeted
FROM tweets
WHERE lang = 'ru';

-- name: desk-de-reach
SELECT count(*) AS posts, sum(user.followers_count) AS reach, max(retweet_count) AS most_retweeted
FROM tweets
WHERE lang = 'de';

-- name: desk-zh-reach
SELECT count(*) AS posts, sum(user.followers_count) AS reach, max(retweet_count) AS most_retweeted
FROM tweets
WHERE lang = 'zh';
