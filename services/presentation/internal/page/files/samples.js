// Queries to begin with.
export const samples = [
  { name: "Posts by language", id: "languages", sql: "SELECT lang, count(*) AS posts, avg(user.followers_count) AS followers\nFROM tweets\nGROUP BY lang" },
  { name: "A word, counted", id: "coffee", sql: "SELECT count(*) AS posts\nFROM tweets\nWHERE text ICONTAINS 'coffee' AND NOT is_retweet" },
  { name: "The busiest people", id: "busiest", sql: "SELECT user.screen_name AS who, count(*) AS posts\nFROM tweets\nGROUP BY user.screen_name\nORDER BY posts DESC\nLIMIT 10" },
  { name: "A hashtag, every ten seconds", id: "news", sql: "SELECT window_start, count(*) AS posts\nFROM TUMBLE(tweets, created_at, INTERVAL '10' SECOND)\nWHERE 'news' = ANY(hashtags)\nGROUP BY window_start" },
  { name: "Posts as they come", id: "verified", sql: "SELECT created_at, user.screen_name, text\nFROM tweets\nWHERE user.verified AND NOT is_retweet" },
];
