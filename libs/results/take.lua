-- take.lua: take the fence of a merge partition over. All or nothing.
-- KEYS: 1 the fence, 2 millrace:topics
-- ARGV: 1 token, 2 least token, 3 least n, 4 lost (1: a republish is owed in any
--       case), 5 nonce (the same call sent again has the same), 6 number of
--       merge partitions, 7 number of topics, then name, id of each
-- Returns {'OK', n, stored token, stored n, stored offset, repair}, '' where
-- nothing was stored; {'FENCED', token}; {'TOPIC', name, stored id}.
local f = redis.call('HMGET', KEYS[1], 'token', 'n', 'offset', 'repair', 'take')
local token = tonumber(ARGV[1])
if f[1] and tonumber(f[1]) > token then
  return { 'FENCED', f[1] }
end

local unknown = {}
for i = 8, 6 + 2 * tonumber(ARGV[7]), 2 do
  local id = redis.call('HGET', KEYS[2], ARGV[i])
  if not id then
    unknown[#unknown + 1] = i
  elseif id ~= ARGV[i + 1] then
    return { 'TOPIC', ARGV[i], id }
  end
end

if f[5] and f[5] == ARGV[5] then -- sent again: it was done
  return { 'OK', f[2], f[1], f[2], f[3], f[4] or '0' }
end

local st, sn = tonumber(f[1] or '0'), tonumber(f[2] or '0')
local lt, ln = tonumber(ARGV[2]), tonumber(ARGV[3])
local repair = f[4] == '1' or ARGV[4] == '1' or st < lt or (st == lt and sn < ln)
-- No n is used twice under a token: a copy of what was lost, restored later, must
-- not look like what the same owner has written since.
local n = string.format('%.0f', (lt == token and math.max(sn, ln) or sn) + 1)

-- A first write that needs no memory lets the rest through when memory is out:
-- a new owner must be able to take over then too.
redis.call('PERSIST', KEYS[1])
redis.call('HSET', KEYS[1], 'token', ARGV[1], 'n', n, 'offset', f[3] or '-1',
  'repair', repair and '1' or '0', 'take', ARGV[5], 'partitions', ARGV[6])
for _, i in ipairs(unknown) do
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
end
return { 'OK', n, f[1] or '', f[2] or '', f[3] or '', repair and '1' or '0' }
