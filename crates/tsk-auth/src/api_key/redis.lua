-- Keys of programs. What all keys of Redis begin with is the only key, and an argument says what is to be done.
--
--   k  the records of keys by their identifiers
--   l  when they were last used, by their identifiers, in seconds

local records, used, op = KEYS[1] .. 'k', KEYS[1] .. 'l', ARGV[1]

if op == 'find' then
  return { redis.call('HGET', records, ARGV[2]), redis.call('HGET', used, ARGV[2]) }
end

if op == 'list' then
  local found = {}
  for _, id in ipairs(redis.call('HKEYS', records)) do
    found[#found + 1] = redis.call('HGET', records, id)
    found[#found + 1] = redis.call('HGET', used, id) or ''
  end
  return found
end

-- an identifier, what was there or nothing, and what is to be
if op == 'replace' then
  local there = redis.call('HGET', records, ARGV[2]) or ''
  -- It was done, and the answer was lost.
  if there == ARGV[4] then return 1 end
  if there ~= ARGV[3] then return 0 end
  redis.call('HSET', records, ARGV[2], ARGV[4])
  return 1
end

-- identifiers, each with when it was used
for first = 2, #ARGV, 2 do
  local id, time = ARGV[first], tonumber(ARGV[first + 1])
  if redis.call('HEXISTS', records, id) == 1 and tonumber(redis.call('HGET', used, id) or 0) < time then
    redis.call('HSET', used, id, time)
  end
end
return 1
