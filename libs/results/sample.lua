-- sample.lua: put a query's result, as it is now, into its history. Of what several
-- callers ask within a while, one sample is taken, and none of what has not changed.
-- ARGV: 1 id, 2 epoch, 3 least time between samples (ms), 4 how long the history
--       stays after its last sample (ms, 0: as long as the query), 5 samples kept,
--       6 most rows, 7 most bytes of rows, 8 number of merge partitions
-- Returns {'OK', id of the sample}, {'SAME'}, {'EARLY', ms until one may be taken},
-- {'GONE'} where the results are not of that epoch.
local MOST, BYTES = tonumber(ARGV[6]), tonumber(ARGV[7])

local function key(name)
  return 'millrace:{' .. ARGV[1] .. '}:' .. name
end

if redis.call('HGET', key('versions'), 'epoch') ~= ARGV[2] then
  return { 'GONE' }
end
if not redis.call('SET', key('sampled'), '1', 'PX', ARGV[3], 'NX') then
  return { 'EARLY', tostring(redis.call('PTTL', key('sampled'))) }
end

local names = {}
for p = 0, tonumber(ARGV[8]) - 1 do
  names[p + 1] = 'matched:' .. p
end
local matched = 0
for _, n in ipairs(redis.call('HMGET', key('meta'), unpack(names))) do
  matched = matched + tonumber(n or '0')
end
matched = string.format('%.0f', matched)

-- rows returns the result as a JSON array, '' where it is windowed or large.
local function rows()
  if redis.call('EXISTS', key('windows')) == 1 then
    return ''
  end
  local all = {}
  if redis.call('EXISTS', key('top')) == 1 then
    if redis.call('LLEN', key('top')) > MOST then
      return ''
    end
    all = redis.call('LRANGE', key('top'), 0, -1)
  else
    if redis.call('HLEN', key('rows')) > MOST then
      return ''
    end
    local pairs = redis.call('HGETALL', key('rows'))
    for i = 1, #pairs, 2 do
      all[#all + 1] = '{"key":' .. pairs[i] .. ',"row":' .. pairs[i + 1] .. '}'
    end
    table.sort(all)
  end
  local text = '[]'
  if #all > 0 then
    text = '[' .. table.concat(all, ',') .. ']'
  end
  if #text > BYTES then
    return ''
  end
  return text
end

local now = rows()
local last = redis.call('XREVRANGE', key('history'), '+', '-', 'COUNT', '1')
if last[1] then
  local f = last[1][2]
  if f[2] == matched and f[4] == now then
    return { 'SAME' }
  end
end
local sample = redis.call('XADD', key('history'), 'MAXLEN', ARGV[5], '*', 'matched', matched, 'rows', now)
if ARGV[4] ~= '0' then
  redis.call('PEXPIRE', key('history'), ARGV[4])
else
  redis.call('PERSIST', key('history'))
end
return { 'OK', sample }
