-- Sessions. What all keys begin with is the only key, and an argument says what is to be done; the others are of that.
--
--   s:KEY      a session: `v` its revision, `r` its record, `u` when it was used, `t` until when it holds, `o` its subject,
--              `m` where it is the mark of one that goes on under another key
--   o:SUBJECT  the keys of a subject, by when they were made
--   n          the keys of those who have not logged in, by when they end
--
-- Times are in seconds. A key of Redis holds for as long as what it keeps, by the clock of Redis.

local prefix, op, now = KEYS[1], ARGV[1], tonumber(ARGV[2])
local strangers = prefix .. 'n'

local function at(key) return prefix .. 's:' .. key end
local function of(subject) return prefix .. 'o:' .. subject end

local function holds_for(name, time)
  if redis.call('TTL', name) < time then redis.call('EXPIRE', name, time) end
end

local function forget(key)
  local subject = redis.call('HGET', at(key), 'o')
  if subject then redis.call('ZREM', of(subject), key) end
  redis.call('ZREM', strangers, key)
  return redis.call('DEL', at(key))
end

-- Makes room for one more among those of a subject, of which the oldest go.
local function make_room_of(subject, most)
  for _, key in ipairs(redis.call('ZRANGE', of(subject), 0, -1)) do
    if redis.call('EXISTS', at(key)) == 0 then redis.call('ZREM', of(subject), key) end
  end
  while redis.call('ZCARD', of(subject)) >= most do
    local key = redis.call('ZRANGE', of(subject), 0, 0)[1]
    redis.call('ZREM', of(subject), key)
    redis.call('DEL', at(key))
  end
end

-- The same among those who have not logged in, of which those go that would end first.
local function make_room_among_strangers(most)
  redis.call('ZREMRANGEBYSCORE', strangers, '-inf', now)
  while redis.call('ZCARD', strangers) >= most do
    redis.call('DEL', at(redis.call('ZPOPMIN', strangers)[1]))
  end
end

-- The eight arguments of a record, from `first` on.
local function record(first)
  return {
    key = ARGV[first], revision = ARGV[first + 1], text = ARGV[first + 2], used = ARGV[first + 3],
    ends = tonumber(ARGV[first + 4]), created = ARGV[first + 5], kind = ARGV[first + 6], subject = ARGV[first + 7],
  }
end

local function is_there(it)
  local there = redis.call('HMGET', at(it.key), 'v', 'r')
  return there[1] == it.revision and there[2] == it.text
end

local function keep(it, most_of, most_strangers)
  forget(it.key)
  local time = it.ends - now
  if time <= 0 then return end
  if it.kind == 'of' then make_room_of(it.subject, most_of) end
  if it.kind == 'nobody' then make_room_among_strangers(most_strangers) end
  redis.call('HSET', at(it.key), 'v', it.revision, 'r', it.text, 'u', it.used, 't', it.ends)
  redis.call('EXPIRE', at(it.key), time)
  if it.kind == 'of' then
    redis.call('HSET', at(it.key), 'o', it.subject)
    redis.call('ZADD', of(it.subject), it.created, it.key)
    holds_for(of(it.subject), time)
  elseif it.kind == 'nobody' then
    redis.call('ZADD', strangers, it.ends, it.key)
    holds_for(strangers, time)
  else
    redis.call('HSET', at(it.key), 'm', 1)
  end
end

if op == 'find' then
  return redis.call('HMGET', at(ARGV[3]), 'r', 'u', 't')
end

-- now, most of a subject, most strangers, the revision before or nothing, a record
if op == 'put' then
  local it = record(6)
  -- It was done, and the answer was lost.
  if is_there(it) then return 1 end
  if (redis.call('HGET', at(it.key), 'v') or '') ~= ARGV[5] then return 0 end
  keep(it, tonumber(ARGV[3]), tonumber(ARGV[4]))
  return 1
end

-- the same, with the mark and the record that is new
if op == 'renew' then
  local mark, next_one = record(6), record(14)
  if is_there(mark) and is_there(next_one) then return 1 end
  if (redis.call('HGET', at(mark.key), 'v') or '') ~= ARGV[5] then return 0 end
  if redis.call('EXISTS', at(next_one.key)) == 1 then return 0 end
  keep(mark, tonumber(ARGV[3]), tonumber(ARGV[4]))
  keep(next_one, tonumber(ARGV[3]), tonumber(ARGV[4]))
  return 1
end

-- a key that is used now, and until when it holds therefore
if op == 'touch' then
  local key, ends = ARGV[3], tonumber(ARGV[4])
  local there = redis.call('HMGET', at(key), 'u', 'o', 'm')
  if not there[1] or there[3] or tonumber(there[1]) >= now then return 0 end
  redis.call('HSET', at(key), 'u', now, 't', ends)
  redis.call('EXPIRE', at(key), ends - now)
  if there[2] then
    holds_for(of(there[2]), ends - now)
  else
    redis.call('ZADD', strangers, 'XX', ends, key)
    holds_for(strangers, ends - now)
  end
  return 1
end

-- a key, whether it has to be of a subject, and that
if op == 'remove' then
  if ARGV[4] == 'of' and redis.call('HGET', at(ARGV[3]), 'o') ~= ARGV[5] then return 0 end
  return forget(ARGV[3])
end

-- a subject, and the key that stays or nothing
if op == 'remove_all' then
  local ended = 0
  for _, key in ipairs(redis.call('ZRANGE', of(ARGV[3]), 0, -1)) do
    if key ~= ARGV[4] then
      redis.call('ZREM', of(ARGV[3]), key)
      ended = ended + redis.call('DEL', at(key))
    end
  end
  return ended
end

-- a subject
local found = {}
for _, key in ipairs(redis.call('ZRANGE', of(ARGV[3]), 0, -1)) do
  local there = redis.call('HMGET', at(key), 'r', 'u', 't')
  if there[1] then
    for field = 1, 3 do found[#found + 1] = there[field] end
  else
    redis.call('ZREM', of(ARGV[3]), key)
  end
end
return found
