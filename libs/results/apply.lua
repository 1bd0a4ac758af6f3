-- apply.lua: one atomic batch of changes by the owner of a merge partition.
-- KEYS: 1 the fence. The keys of queries are made from their ids here, because
--       a query's windows are known only to Redis.
-- ARGV: 1 token, 2 lowest n that is the caller's, 3 n that this call stores,
--       4 exchange offset, 5 merge partition, 6 kind ('', or free: only deletes,
--       or drop: only drops), 7 now (ms), 8 greatest size of a published message,
--       9 number of queries, then per query: id, epoch, seen (1: this epoch must
--       be known), keep (the epoch of which what is there stays, or '');
--       then operations, each a letter, the number of its query, and arguments.
-- Returns {'OK', number of each refused query…}, {'ACK'} when this very call was
-- done before, {'FENCED', token}, {'LOST', why}, {'BEHIND', offset}.
-- n is stored last: an error in the middle leaves the call to be sent again.
local TOKEN, LOW, NEXT, OFFSET = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local PART, KIND, NOW, BOUND = ARGV[5], ARGV[6], ARGV[7], tonumber(ARGV[8])

local f = redis.call('HMGET', KEYS[1], 'token', 'n', 'offset')
if not f[1] then
  return { 'LOST', 'no fence' }
end
if tonumber(f[1]) > tonumber(TOKEN) then
  return { 'FENCED', f[1] }
end
local stored = tonumber(f[2])
if tonumber(f[1]) < tonumber(TOKEN) or stored < LOW or stored > NEXT then
  return { 'LOST', 'fence is (' .. f[1] .. ', ' .. f[2] .. ')' }
end
if stored == NEXT then
  return { 'ACK' }
end
if tonumber(f[3]) > tonumber(OFFSET) then
  if KIND ~= 'drop' then
    return { 'BEHIND', f[3] }
  end
  OFFSET = f[3]
end

-- Queries: epochs are compared before anything is changed.
local nq = tonumber(ARGV[9])
local at = 10
local ids, epochs, keeps, refused, fresh = {}, {}, {}, {}, {}
local known = {}
local reply = { 'OK' }
for i = 1, nq do
  local id, epoch, seen = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  ids[i], epochs[i], keeps[i] = id, epoch, ARGV[at + 3]
  at = at + 4
  local e = redis.call('HGET', 'millrace:{' .. id .. '}:versions', 'epoch')
  known[i] = e
  if not e then
    if seen == '1' then
      return { 'LOST', 'epoch of query ' .. id .. ' is gone' }
    end
    fresh[i] = true
  elseif tonumber(e) > tonumber(epoch) then
    refused[i] = true
    reply[#reply + 1] = tostring(i)
  elseif tonumber(e) < tonumber(epoch) then
    fresh[i] = true
  end
end

-- The first write decides whether Redis, when out of memory, takes the rest.
if KIND == '' then
  redis.call('HSET', KEYS[1], 'token', TOKEN)
else
  redis.call('PERSIST', KEYS[1])
end

local function key(q, name)
  return 'millrace:{' .. ids[q] .. '}:' .. name
end

-- many calls cmd(key, ARGV[from..to]) in runs that fit Lua's stack.
local function many(cmd, k, from, to)
  for i = from, to, 200 do
    redis.call(cmd, k, unpack(ARGV, i, math.min(i + 199, to)))
  end
end

-- results lists the keys that hold a query's results.
local function results(q)
  local keys = { key(q, 'rows'), key(q, 'top'), key(q, 'log'), key(q, 'history'), key(q, 'windows') }
  for _, w in ipairs(redis.call('ZRANGE', key(q, 'windows'), 0, -1)) do
    keys[#keys + 1] = key(q, 'rows:' .. w)
    keys[#keys + 1] = key(q, 'top:' .. w)
  end
  return keys
end

local function unlink(keys)
  for i = 1, #keys, 200 do
    redis.call('UNLINK', unpack(keys, i, math.min(i + 199, #keys)))
  end
end

-- begin sets a query's epoch before its first operation in this call.
local function begin(q)
  if not fresh[q] then
    return
  end
  fresh[q] = nil
  if keeps[q] == '' or tonumber(known[q] or '-1') ~= tonumber(keeps[q]) then
    unlink(results(q))
    redis.call('UNLINK', key(q, 'meta'))
  end
  redis.call('UNLINK', key(q, 'versions'))
  redis.call('HSET', key(q, 'versions'), 'epoch', epochs[q])
end

-- publish notes a message on a query's channel; they go out at the end, every
-- one but a query's last with "more":true.
local messages, lastof = {}, {}
local function publish(q, body)
  messages[#messages + 1] = { q, body }
  lastof[ids[q]] = #messages
end

-- changed publishes a change of results: body, or shorter if that is given and
-- fits, or that the result must be read again.
local prev = {}
local function changed(q, window, body, shorter)
  local meta, field = key(q, 'meta'), 'changed:' .. PART
  local before = prev[q] or string.match(redis.call('HGET', meta, field) or '', '^(%d+)/') or '-1'
  prev[q] = OFFSET
  redis.call('HSET', meta, field, OFFSET .. '/' .. ARGV[3], 'updated', NOW)
  local head = ',"previous":' .. before .. ',"offset":' .. OFFSET .. ',"n":' .. ARGV[3]
  if window ~= '' then
    local s, e = string.match(window, '^(-?%d+)-(-?%d+)$')
    head = head .. ',"window":{"start":' .. s .. ',"end":' .. e .. '}'
  end
  if #body > BOUND then
    body = shorter
  end
  if body == '' or #body > BOUND then
    body = ',"reread":true'
  end
  publish(q, head .. body)
end

local function there(q, window)
  return redis.call('EXISTS', key(q, 'rows:' .. window), key(q, 'top:' .. window)) > 0
end

-- windowed lists a window that has rows, and takes it off the list if it has none
-- (any more); once a call it does so with two of the query's oldest windows.
local trimmed = {}
local function windowed(q, window)
  local zset = key(q, 'windows')
  if there(q, window) then
    redis.call('ZADD', zset, string.match(window, '^(-?%d+)-'), window)
  else
    redis.call('ZREM', zset, window)
  end
  if trimmed[q] then
    return
  end
  trimmed[q] = true
  for _, w in ipairs(redis.call('ZRANGE', zset, 0, 1)) do
    if not there(q, w) then
      redis.call('ZREM', zset, w)
    end
  end
end

local function suffix(name, window)
  if window == '' then
    return name
  end
  return name .. ':' .. window
end

local ops = {}

-- R: window, ttl, number of pairs, pairs, number of keys, keys
function ops.R(q, i)
  local window, ttl, n = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  local sets = i + 3
  local dels = sets + 2 * n + 1
  local m = tonumber(ARGV[dels - 1])
  if refused[q] then
    return dels + m
  end
  begin(q)
  local k = key(q, suffix('rows', window))
  many('HSET', k, sets, sets + 2 * n - 1)
  many('HDEL', k, dels, dels + m - 1)
  if window ~= '' then
    if ttl ~= '0' then
      redis.call('PEXPIRE', k, ttl)
    end
    windowed(q, window)
  end
  local rows, keys = {}, {}
  for j = sets, sets + 2 * n - 2, 2 do
    rows[#rows + 1] = '{"key":' .. ARGV[j] .. ',"row":' .. ARGV[j + 1] .. '}'
    keys[#keys + 1] = ARGV[j]
  end
  for j = dels, dels + m - 1 do
    rows[#rows + 1] = '{"key":' .. ARGV[j] .. ',"row":null}'
    keys[#keys + 1] = ARGV[j]
  end
  changed(q, window, ',"rows":[' .. table.concat(rows, ',') .. ']', ',"keys":[' .. table.concat(keys, ',') .. ']')
  return dels + m
end

-- T: window, ttl, number of rows, rows
function ops.T(q, i)
  local window, ttl, n = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  local rows = i + 3
  if refused[q] then
    return rows + n
  end
  begin(q)
  local k = key(q, suffix('top', window))
  redis.call('DEL', k)
  many('RPUSH', k, rows, rows + n - 1)
  if window ~= '' then
    if ttl ~= '0' then
      redis.call('PEXPIRE', k, ttl)
    end
    windowed(q, window)
  end
  local body = ',"reread":true'
  if n == 0 then -- miniredis's concat of nothing at the end of a table is its last element
    body = ',"top":[]'
  elseif n <= 500 then
    body = ',"top":[' .. table.concat(ARGV, ',', rows, rows + n - 1) .. ']'
  end
  changed(q, window, body, '')
  return rows + n
end

-- L: greatest length, gap, number of rows, then offset, index, row of each
function ops.L(q, i)
  local cap, gap, n = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  local rows = i + 3
  if refused[q] then
    return rows + 3 * n
  end
  begin(q)
  local k = key(q, 'log')
  local ms, seq = 0, 0
  local last = redis.call('XREVRANGE', k, '+', '-', 'COUNT', '1')
  if last[1] then
    local a, b = string.match(last[1][1], '^(%d+)-(%d+)$')
    ms, seq = tonumber(a), tonumber(b)
  end
  local sent = {}
  local function add(id, field, value)
    if cap == '0' then
      redis.call('XADD', k, id, field, value)
    else
      redis.call('XADD', k, 'MAXLEN', '~', cap, id, field, value)
    end
    sent[#sent + 1] = '{"id":"' .. id .. '","' .. field .. '":' .. value .. '}'
  end
  if gap == '1' then
    local first = n > 0 and ARGV[rows] or OFFSET
    if tonumber(first) > ms then
      add(first .. '-0', 'gap', 'true')
      ms, seq = tonumber(first), 0
    elseif n == 0 and (ms > 0 or seq > 0) then
      -- every row of the last row's record is there: its next index is free
      seq = seq + 1
      add(string.format('%.0f-%.0f', ms, seq), 'gap', 'true')
    end
    -- else the log goes on where these rows do: nothing is missing between
  end
  for j = rows, rows + 3 * n - 3, 3 do
    local a, b = tonumber(ARGV[j]), tonumber(ARGV[j + 1])
    if a > ms or (a == ms and b > seq) then
      add(ARGV[j] .. '-' .. ARGV[j + 1], 'row', ARGV[j + 2])
      ms, seq = a, b
    end
  end
  if #sent > 0 then
    changed(q, '', ',"log":[' .. table.concat(sent, ',') .. ']', ',"log":[]')
  end
  return rows + 3 * n
end

-- M: what to publish or '', number of pairs, pairs
function ops.M(q, i)
  local body, n = ARGV[i], tonumber(ARGV[i + 1])
  local sets = i + 2
  if not refused[q] then
    begin(q)
    many('HSET', key(q, 'meta'), sets, sets + 2 * n - 1)
    if body ~= '' then
      publish(q, ',"meta":' .. body)
    end
  end
  return sets + 2 * n
end

-- I: summary
function ops.I(q, i)
  if not refused[q] then
    begin(q)
    redis.call('HSET', 'millrace:queries', ids[q], ARGV[i])
  end
  return i + 1
end

-- D: how long the keys stay, how long the epoch (ms)
function ops.D(q, i)
  if refused[q] then
    return i + 2
  end
  local keys = results(q)
  keys[#keys + 1] = key(q, 'meta')
  if redis.call('EXISTS', key(q, 'meta')) == 1 then
    redis.call('HSET', key(q, 'meta'), 'status', 'dropped')
  end
  for _, k in ipairs(keys) do
    local left = redis.call('PTTL', k)
    if left == -1 or left > tonumber(ARGV[i]) then
      redis.call('PEXPIRE', k, ARGV[i])
    end
  end
  redis.call('HSET', key(q, 'versions'), 'epoch', epochs[q])
  redis.call('PEXPIRE', key(q, 'versions'), ARGV[i + 1])
  local listed = redis.call('HDEL', 'millrace:queries', ids[q])
  if fresh[q] or listed == 1 then
    fresh[q] = nil
    publish(q, ',"dropped":true')
  end
  return i + 2
end

-- W: window
function ops.W(q, i)
  local window = ARGV[i]
  if not refused[q] then
    begin(q)
    redis.call('UNLINK', key(q, 'rows:' .. window), key(q, 'top:' .. window))
    redis.call('ZREM', key(q, 'windows'), window)
    changed(q, window, ',"gone":true', '')
  end
  return i + 1
end

-- X: nothing
function ops.X(q, i)
  if not refused[q] then
    begin(q)
    unlink(results(q))
    changed(q, '', ',"reread":true', '')
  end
  return i
end

-- F (no query: 0): as_of, clear repair. The end of a flush.
function ops.F(_, i)
  redis.call('HSET', KEYS[1], 'as_of', ARGV[i])
  if ARGV[i + 1] == '1' then
    redis.call('HSET', KEYS[1], 'repair', '0')
  end
  return i + 2
end

local count = #ARGV
while at <= count do
  at = ops[ARGV[at]](tonumber(ARGV[at + 1]), at + 2)
end

for i, m in ipairs(messages) do
  local q, more = m[1], ''
  if lastof[ids[q]] ~= i then
    more = ',"more":true'
  end
  redis.call('PUBLISH', key(q, 'changes'), '{"epoch":' .. epochs[q] .. ',"partition":' .. PART .. m[2] .. more .. '}')
end
redis.call('HSET', KEYS[1], 'n', ARGV[3], 'offset', OFFSET)
return reply
